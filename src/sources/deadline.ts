/** Waits for the promise, but not for ever. @throws {Error} with the sentence when the time is up */
export async function within<T>(milliseconds: number, sentence: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(sentence)), milliseconds);
  });
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for a farewell that nobody depends on: neither its failure nor its silence holds anything up. */
export async function settled(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  await within(milliseconds, 'abandoned', promise).catch(() => undefined);
}
