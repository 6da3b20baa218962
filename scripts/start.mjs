import { spawnSync } from 'node:child_process';
import cluster from 'node:cluster';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { localChat } from './local-chat.mjs';
import { Runner } from './runner.mjs';

/**
 * Starts the built product, building it first when it is missing or older than its sources. Where the operator has said
 * nothing of it, chat keeps its things in `.hermes`.
 *
 * The product runs in this very process, so that a signal sent to this process reaches it. One that is sent to npm may not
 * come further than to npm's shell: when npm is gone, that is a signal to stop.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const entry = join(root, 'dist', 'main.js');

// Workers are started by the process that npm started, and end with it.
const npm = cluster.isPrimary ? Runner.ofStart(join(root, 'package.json')) : undefined;
if (!isBuilt()) build();
if (npm?.isGone) process.exit(1);
prepareChat();
if (npm) stopWith(npm);
await import(pathToFileURL(entry).href);

/** A second signal would end the product at once: it is not sent where a first has come. */
function stopWith(runner) {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => {
      stopping = true;
      // The product is still being loaded, and does not hear yet.
      if (process.listenerCount(signal) === 0) process.exit(1);
    });
  }
  runner.onGone(() => {
    if (!stopping) process.emit('SIGTERM', 'SIGTERM');
  });
}

function prepareChat() {
  if (existsSync('.env')) process.loadEnvFile('.env');
  try {
    Object.assign(process.env, localChat(process.env, process.cwd()));
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

function isBuilt() {
  if (!existsSync(entry)) return false;
  const builtAt = statSync(entry).mtimeMs;
  return sources().every((path) => statSync(path).mtimeMs <= builtAt);
}

function build() {
  const { status } = spawnSync('npx', ['tsc', '-b', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  // An incremental build leaves an unchanged entry untouched, and it would look old for ever.
  const now = new Date();
  utimesSync(entry, now, now);
}

/** Where only the product is installed there are no sources, and nothing to compare with. */
function sources() {
  const libs = existsSync(join(root, 'libs')) ? readdirSync(join(root, 'libs')).map((name) => join('libs', name)) : [];
  const folders = ['src', ...libs.map((lib) => join(lib, 'src'))];
  const configurations = ['.', ...libs].flatMap((folder) => filesIn(folder).filter(isBuildConfiguration));
  return [...folders.flatMap(allFilesIn), ...configurations];
}

function isBuildConfiguration(path) {
  return /[/\\](package\.json|tsconfig[^/\\]*\.json)$/.test(path);
}

function filesIn(folder) {
  return entriesOf(folder).filter((path) => statSync(path).isFile());
}

function allFilesIn(folder) {
  return entriesOf(folder, { recursive: true }).filter((path) => statSync(path).isFile());
}

function entriesOf(folder, options) {
  const path = join(root, folder);
  return existsSync(path) ? readdirSync(path, options).map((name) => join(path, name)) : [];
}
