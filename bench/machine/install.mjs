import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const QUIETLY = ['--yes', '--quiet', '--quiet', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];

/** The first of these paths that exists, else the program of that name on the search path. */
export function findProgram(name, ...places) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin'];
  return [...places, ...folders.map((folder) => join(folder, name))].find((path) => existsSync(path));
}

/**
 * Finds a program, and installs it from Debian's packages when it must and may.
 *
 * @returns the path, or a sentence that says why there is none
 */
export function provide(name, { packages, places = [] }) {
  const found = findProgram(name, ...places);
  if (found !== undefined) return { path: found };
  const wanted = packages.join(' ');
  if (process.getuid?.() !== 0 || findProgram('apt-get') === undefined)
    return { absent: `${wanted} is not installed, and only root may install it` };
  console.error(`bench: installing ${wanted}`);
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, encoding: 'utf8', timeout: 300_000 };
  spawnSync('apt-get', ['update', '--quiet', '--quiet'], options);
  const { stderr } = spawnSync('apt-get', ['install', ...QUIETLY, ...packages], options);
  const path = findProgram(name, ...places);
  return path === undefined
    ? { absent: `${wanted} could not be installed: ${stderr?.trim().split('\n')[0]}` }
    : { path };
}

/** Installs what only benchmarks need, exactly as bench/package.json has it, beside it. */
export function installNodePackages(folder, name) {
  if (existsSync(join(folder, 'node_modules', name))) return;
  console.error(`bench: installing ${name} into bench/node_modules`);
  execFileSync('npm', ['install', '--no-workspaces', '--no-package-lock', '--no-audit', '--no-fund', '--silent'], {
    cwd: folder,
    timeout: 180_000,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
