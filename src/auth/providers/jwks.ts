import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';

/** The keys could not be had: no statement about the token. */
export class KeysUnavailable extends Error {}

const MAX_JWKS_BYTES = 512 * 1024;

export interface JwksTimes {
  /** Milliseconds until a request for the keys is given up. */
  readonly timeout: number;
  /** Milliseconds between two requests caused by tokens whose key is unknown: anybody can send those. */
  readonly cooldown: number;
}

/**
 * The keys behind one URL, fetched when first needed, every ten minutes, and when a token names an unknown key.
 *
 * Each caller gets a cache of its own: two issuers may use one key id for different keys.
 *
 * @throws {KeysUnavailable} from the returned function, when they cannot be fetched
 */
export function jwksOf(url: string, { timeout, cooldown }: JwksTimes): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: timeout,
    cooldownDuration: cooldown,
    [customFetch]: fetchBounded,
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      throw code === 'ERR_JWKS_TIMEOUT' || code === 'ERR_JWKS_INVALID' ? new KeysUnavailable() : error;
    }
  };
}

async function fetchBounded(...[url, init]: Parameters<typeof fetch>): Promise<Response> {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    return Response.json(JSON.parse(await readBounded(response)));
  } catch {
    throw new KeysUnavailable();
  }
}

async function readBounded({ status, body }: Response): Promise<string> {
  if (status !== 200 || !body) {
    await body?.cancel();
    throw new KeysUnavailable();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_JWKS_BYTES) throw new KeysUnavailable();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
