import { createHash } from 'node:crypto';

/** What is remembered of a body, to know it again. */
export interface Fingerprint {
  /** How much of it was looked at, from its start. */
  readonly bytes: number;
  /** Whether that was all of it. */
  readonly whole: boolean;
  readonly digest: string;
}

/** Takes the fingerprint of a body while it is read. */
export class Fingerprinting {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  /** @param type the same bytes mean something else in another type of body */
  constructor(type: string) {
    this.#hash.update(`${type}\n`);
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(piece: Buffer): void {
    this.#hash.update(piece);
    this.#bytes += piece.length;
  }

  /** Nothing can be added any more. */
  finish(whole: boolean): Fingerprint {
    return { bytes: this.#bytes, whole, digest: this.#hash.digest('base64') };
  }
}

/** Whether the body has this fingerprint. Of one that was not looked at to its end, what follows makes no difference. */
export async function hasFingerprint(
  type: string,
  body: AsyncIterable<Buffer> | Iterable<Buffer>,
  { bytes, whole, digest }: Fingerprint,
): Promise<boolean> {
  const fingerprinting = new Fingerprinting(type);
  for await (const piece of body) {
    const missing = bytes - fingerprinting.bytes;
    if (piece.length > missing && whole) return false;
    fingerprinting.add(piece.subarray(0, missing));
    if (!whole && fingerprinting.bytes === bytes) break;
  }
  return fingerprinting.bytes === bytes && fingerprinting.finish(whole).digest === digest;
}
