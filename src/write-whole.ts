import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file at once or not at all: whoever reads it, and whoever comes after a crash, finds the old text or the new.
 *
 * @param mode who may read it; that of the old file does not count
 */
export function writeWhole(path: string, text: string, mode = 0o644): void {
  const draft = `${path}.${process.pid}.draft`;
  // One that a process of the same number has left would keep its mode.
  rmSync(draft, { force: true });
  const file = openSync(draft, 'wx', mode);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
