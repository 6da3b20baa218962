import { readFileSync } from 'node:fs';

/** Another one after every start of the machine; undefined where the system does not tell. */
export function bootId(): string | undefined {
  return read('/proc/sys/kernel/random/boot_id')?.trim();
}

/** When a process began, in ticks since the machine did; undefined where the system does not tell. */
export function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The 22nd field. The second is the name of the program in brackets, which may have blanks and brackets itself.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[22 - 3];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
