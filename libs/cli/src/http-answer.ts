/** Milliseconds a server has for a whole answer. */
const PATIENCE = 10_000;

/** What a server answered; `body` is undefined when it is no JSON. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** @returns the answer, or a sentence saying why there is none */
export async function httpAnswer(url: string, request: RequestInit = {}): Promise<HttpAnswer | string> {
  try {
    // A redirect is answered with its own status: it must not carry a key to somebody else.
    const response = await fetch(url, { ...request, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE) });
    return { status: response.status, body: parse(await response.text()) };
  } catch (error) {
    return `no answer from ${url}: ${reasonOf(error)}`;
  }
}

/** fetch keeps what really happened in `cause`; for a host with several addresses that has only a code. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: NodeJS.ErrnoException };
  return cause?.message || cause?.code || message || String(error);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
