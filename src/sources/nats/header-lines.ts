import type { NatsMessage } from './nats.decoder.js';

const LINE_END = 10;

/** Messages of the library know their size; those of a stream have such a message inside. */
interface Sized {
  readonly reply?: string | undefined;
  size?(): number;
}

/**
 * How many lines the headers of a message have, counted in its bytes: the library would read them all to tell.
 *
 * The library cuts the payload off the bytes that came, so that the headers lie right in front of it.
 */
export function headerLines(message: NatsMessage & { readonly msg?: Sized } & Sized): number {
  const sized = message.msg ?? message;
  if (sized.size === undefined) return 0;
  const { data, subject } = message;
  const bytes = sized.size() - Buffer.byteLength(subject) - Buffer.byteLength(sized.reply ?? '') - data.length;
  if (bytes <= 0 || bytes > data.byteOffset) return 0;
  const block = Buffer.from(data.buffer, data.byteOffset - bytes, bytes);
  let lines = 0;
  for (let at = block.indexOf(LINE_END); at !== -1; at = block.indexOf(LINE_END, at + 1)) lines++;
  // The first line names the version, the last one is empty.
  return Math.max(0, lines - 2);
}
