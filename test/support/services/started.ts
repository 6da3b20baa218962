/**
 * Starts a service, and once more from scratch if that fails: its port may be taken, between its choice and its use, by
 * somebody who is not of this run.
 */
export async function started<T extends { start(): Promise<void> }>(
  prepare: () => Promise<T>,
  end: (failed: T) => Promise<void>,
): Promise<T> {
  const first = await prepare();
  try {
    await first.start();
    return first;
  } catch (error) {
    process.stderr.write(`tests: ${String(error)}; once more\n`);
    await end(first);
    const second = await prepare();
    await second.start();
    return second;
  }
}
