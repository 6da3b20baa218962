const MAX_JWKS_BYTES = 512 * 1024;
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** The keys could not be had: no statement about the token. */
export class KeysUnavailable extends Error {
  /** @param retryAfter milliseconds for which whoever was asked does not want to be asked again */
  constructor(
    reason: string,
    readonly retryAfter = 0,
  ) {
    super(reason);
  }
}

/** Gets a JWKS; what is in it is the caller's to judge. @throws {KeysUnavailable} with what went wrong */
export async function fetchKeys(url: string, timeout: number): Promise<unknown> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(url, { redirect: 'manual', headers: { accept: 'application/json' }, signal });
    return JSON.parse(UTF_8.decode(await readBounded(response)));
  } catch (error) {
    if (error instanceof KeysUnavailable) throw error;
    if (signal.aborted) throw new KeysUnavailable('no answer in time');
    throw new KeysUnavailable(error instanceof SyntaxError ? 'the body must be JSON' : 'no usable answer');
  }
}

async function readBounded({ status, headers, body }: Response): Promise<Uint8Array> {
  if (status !== 200 || !body) {
    await body?.cancel();
    throw new KeysUnavailable(`status ${status}`, retryAfterOf(headers.get('retry-after')));
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_JWKS_BYTES) throw new KeysUnavailable(`more than ${MAX_JWKS_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfterOf(header: string | null): number {
  if (header === null) return 0;
  const milliseconds = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : 0;
}
