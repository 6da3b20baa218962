/** A header for the back end whose value is a query parameter of the client. */
export interface ConnectionHeader {
  readonly header: string;
  readonly parameter: string;
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const TAKEN = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'transfer-encoding',
  'upgrade',
]);

/** Reads `Header=parameter`, comma separated. @throws {Error} that names the entry */
export function parseConnectionHeaders(text: string): readonly ConnectionHeader[] {
  return text.split(',').map((entry) => {
    const [header = '', parameter = '', ...rest] = entry.split('=').map((part) => part.trim());
    if (parameter === '' || rest.length > 0 || !HEADER_NAME.test(header)) {
      throw new Error(`must be Header=parameter, comma separated; ${JSON.stringify(entry.trim())} is not`);
    }
    if (TAKEN.has(header.toLowerCase())) throw new Error(`${header} is a header that HTTP itself needs`);
    return { header, parameter };
  });
}
