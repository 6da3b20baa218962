import { setTimeout as pause } from 'node:timers/promises';

export interface Patience {
  readonly timeout?: number;
  readonly interval?: number;
}

/**
 * Waits until the condition gives something other than false, null or undefined, and returns it.
 *
 * @param sentence what is waited for, as the failure should name it: `the broker to answer`
 * @throws when the time is up, with the last error the condition threw as its cause
 */
export async function waitFor<T>(
  sentence: string,
  condition: () => T | Promise<T>,
  { timeout = 20_000, interval = 10 }: Patience = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeout;
  let cause: unknown;
  do {
    try {
      const value = await condition();
      if (isThere(value)) return value;
    } catch (error) {
      cause = error;
    }
    await pause(interval);
  } while (performance.now() < deadline);
  throw new Error(`waited ${timeout} ms in vain for ${sentence}`, { cause });
}

function isThere<T>(value: T): value is Exclude<T, false | null | undefined> {
  return value !== false && value !== null && value !== undefined;
}
