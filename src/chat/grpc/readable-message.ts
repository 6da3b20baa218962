/** A method of a service, as grpc-js and its loader know it. */
interface Method {
  readonly requestDeserialize: (bytes: Buffer) => unknown;
}
type Deserialize = Method['requestDeserialize'];

/** What a message may be before anything is made of it. */
export interface MessageBounds {
  readonly bytes: number;
  /** Fields, each time that they are there; of each an object or a text is made. */
  readonly fields: number;
  /** How many messages deep fields are counted; 1 for those of the message itself. */
  readonly depth: number;
}

/** Stands in the place of a message that is not to be decoded, or cannot be. */
export class UnreadableMessage {
  constructor(readonly sentence: string) {}
}

/** The service with requests that are looked at before they are decoded; what is no good becomes an {@link UnreadableMessage}. */
export function withBounds<S extends object>(service: S, boundsOf: (method: string) => MessageBounds): S {
  const bounded = Object.entries(service as Record<string, Method>).map(([name, method]) => {
    const requestDeserialize = readWithin(boundsOf(name), method.requestDeserialize);
    return [name, { ...method, requestDeserialize }] as const;
  });
  return Object.fromEntries(bounded) as S;
}

function readWithin({ bytes, fields, depth }: MessageBounds, deserialize: Deserialize): Deserialize {
  return (message) => {
    if (message.length > bytes) return new UnreadableMessage(`the message is larger than ${bytes} bytes`);
    if (countFields(message, depth, fields) > fields) {
      return new UnreadableMessage(`the message has more than ${fields} fields, those of lists included`);
    }
    try {
      return deserialize(message);
    } catch {
      return new UnreadableMessage('the message is not what the contract says: generate the client from chat.proto');
    }
  };
}

/** Bytes of the longest tag and of the longest length. */
const LONGEST_HEAD = 5;
/** What holds so few bytes may be a short text, and is taken for as many fields as there is room for. */
const SHORT = 256;

/** How many fields there are at most, up to about `most`; without end when that cannot be told. */
function countFields(message: Uint8Array, depth: number, most: number): number {
  let at = 0;
  let count = 0;
  while (at < message.length && count <= most) {
    const begin = endOfVarint(message, at);
    if (begin - at > LONGEST_HEAD) return Infinity;
    count++;
    switch ((message[at] ?? 0) & 7) {
      case 0:
        at = endOfVarint(message, begin);
        break;
      case 1:
        at = begin + 8;
        break;
      case 2: {
        const start = endOfVarint(message, begin);
        if (start - begin > LONGEST_HEAD) return Infinity;
        at = start + valueOf(message, begin, start);
        if (depth > 1) count += fieldsIn(message.subarray(start, at), depth - 1, most - count);
        break;
      }
      case 5:
        at = begin + 4;
        break;
      default:
        // Where a group begins or ends, or what is no field at all and will be refused.
        at = begin;
    }
  }
  return count;
}

function fieldsIn(bytes: Uint8Array, depth: number, most: number): number {
  return bytes.length <= SHORT ? bytes.length / 2 : countFields(bytes, depth, most);
}

function endOfVarint(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((bytes[at] ?? 0) > 127) at++;
  return at + 1;
}

function valueOf(bytes: Uint8Array, from: number, end: number): number {
  let value = 0;
  for (let at = end - 1; at >= from; at--) value = value * 128 + ((bytes[at] ?? 0) & 127);
  return value;
}
