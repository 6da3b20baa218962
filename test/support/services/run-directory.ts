import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../wait-for.js';

/** The folder of this run of the tests, shared by all of its processes and gone afterwards. */
export function runDirectory(): string {
  const directory = process.env['TEST_RUN_DIRECTORY'];
  if (directory === undefined) throw new Error('tests with services run under jest with its global set-up');
  return directory;
}

/** Runs `make` in the first test process that asks; the others wait for its result. */
export async function oncePerRun<T>(name: string, make: () => Promise<T>, timeout: number): Promise<T> {
  const path = join(runDirectory(), `${name}.json`);
  if (claimed(`${name}.json`)) {
    const outcome = await make().then(
      (value) => ({ value }),
      (error: unknown) => ({ fault: String(error) }),
    );
    writeWhole(path, outcome);
  }
  const { value, fault } = await waitFor(`another test process to start ${name}`, () => readWhole<T>(path), {
    timeout,
    interval: 50,
  });
  if (fault !== undefined) throw new Error(`${name} could not be started: ${fault}`);
  return value as T;
}

/** Writes so that no reader ever sees half of it. */
export function writeWhole(path: string, value: unknown): void {
  const draft = `${path}.${process.pid}.draft`;
  writeFileSync(draft, JSON.stringify(value));
  renameSync(draft, path);
}

export function readWhole<T>(path: string): { value?: T; fault?: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @returns whether this is the first claim of the run to the name */
export function claimed(name: string): boolean {
  try {
    mkdirSync(join(runDirectory(), `${name}.claim`));
    return true;
  } catch {
    return false;
  }
}
