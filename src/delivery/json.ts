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
