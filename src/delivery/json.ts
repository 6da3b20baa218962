/** A JSON value that is an object, with members of any kind. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** @returns undefined for text that is not JSON, which no JSON stands for */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * JSON in UTF-8 as it is without a byte order mark before it, which some programs write and RFC 8259 allows to pass over.
 * It must not get into a frame, where it would stand in the middle of other JSON.
 */
export function withoutBom(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
