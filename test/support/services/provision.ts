import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWhole, runDirectory, writeWhole } from './run-directory.js';
import type { Provision, ServiceRecipe } from './service.js';

/**
 * Finds a way to have the service, and installs it if it must; asked once in each run.
 *
 * Synchronous, because jest wants to know which suites are skipped while it loads their files.
 */
export function provision(recipe: ServiceRecipe): Provision {
  const path = join(runDirectory(), `provision-${recipe.name}.json`);
  const known = readWhole<Provision>(path)?.value;
  if (known !== undefined) return known;
  const value = fromEnvironment(recipe) ?? installed(recipe) ?? install(recipe) ?? container(recipe) ?? absent(recipe);
  writeWhole(path, { value });
  return value;
}

/** The first of these paths that exists, else the program of that name on the search path. */
export function findProgram(name: string, ...places: readonly string[]): string | undefined {
  const search = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, name));
  return [...places, ...search].find((path) => existsSync(path));
}

function fromEnvironment({ variable }: ServiceRecipe): Provision | undefined {
  const url = process.env[variable];
  return url === undefined || url === '' ? undefined : { kind: 'url', url };
}

function installed({ program }: ServiceRecipe): Provision | undefined {
  const path = program();
  return path === undefined ? undefined : { kind: 'program', path };
}

function install(recipe: ServiceRecipe): Provision | undefined {
  if (process.getuid?.() !== 0 || findProgram('apt-get') === undefined) return undefined;
  const packages = recipe.packages.join(' ');
  say(`installing ${packages} for the tests that need ${recipe.name}`);
  // The lock is for test runs beside this one: whoever gets it second finds little left to do.
  const { status, stderr } = spawnSync(
    'flock',
    [
      join(tmpdir(), 'hermes-test-install.lock'),
      'sh',
      '-c',
      `apt-get update --quiet --quiet; apt-get install ${QUIETLY} ${packages}`,
    ],
    {
      encoding: 'utf8',
      timeout: 600_000,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    },
  );
  const found = installed(recipe);
  say(found ? `installed ${packages}` : `${packages} could not be installed (${status}): ${stderr.trim()}`);
  return found;
}

const QUIETLY = '--yes --quiet --quiet --no-install-recommends -o DPkg::Lock::Timeout=300';

function container({ image }: ServiceRecipe): Provision | undefined {
  const engine = ['docker', 'podman'].find((name) => spawnSync(name, ['info'], { timeout: 10_000 }).status === 0);
  return engine === undefined ? undefined : { kind: 'container', engine, image };
}

function absent({ name, variable, packages }: ServiceRecipe): Provision {
  const reason =
    `no ${name}: ${variable} is not set, ${packages.join(', ')} is not installed and cannot be installed by this user, ` +
    'and no container engine answers';
  return { kind: 'absent', reason };
}

/** Past jest's own output, which would show it only once the file is done. */
function say(sentence: string): void {
  process.stderr.write(`tests: ${sentence}\n`);
}
