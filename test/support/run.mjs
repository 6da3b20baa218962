import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * One run of the tests: a folder of its own, and a guardian that ends whatever the run started.
 *
 * The guardian is a process outside the terminal's group that holds one end of a pipe. The pipe closes when the tests
 * end, for whatever reason, Ctrl-C and kill -9 included; only then does the guardian act.
 */
let guardian;

export function openRun() {
  const directory = mkdtempSync(join(tmpdir(), 'hermes-test-'));
  for (const part of ['owned', 'skipped']) mkdirSync(join(directory, part));
  // Not a HERMES_ name: an application under test that reads this environment would refuse to start.
  process.env.TEST_RUN_DIRECTORY = directory;
  guardian = spawn(process.execPath, [fileURLToPath(new URL('guardian.mjs', import.meta.url)), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guardian.unref();
  guardian.stdin.unref();
}

export async function closeRun() {
  if (guardian === undefined) return;
  const gone = new Promise((resolve) => guardian.once('exit', resolve));
  guardian.ref();
  guardian.stdin.end();
  await gone;
  guardian = undefined;
}
