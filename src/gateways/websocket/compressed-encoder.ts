import { constants, deflateRawSync } from 'node:zlib';
import { textFrame, type EventEncoder, type HermesEvent } from '../../delivery/index.js';

/** Bytes below which deflating saves less than it costs. */
const THRESHOLD = 1_024;
/** The first reserved bit of a frame says that its payload is deflated (RFC 7692). */
const RSV1 = 0x40;
/** Every deflated block that is flushed ends with these bytes, which the wire leaves out. */
const TAIL = 4;

/**
 * The frames of a dialect for clients that negotiated permessage-deflate without context takeover: an event is deflated
 * once, however many of them receive it.
 */
export class CompressedEncoder implements EventEncoder {
  constructor(private readonly plain: EventEncoder) {}

  encode(event: HermesEvent): Buffer {
    const frame = this.plain.encode(event);
    const payload = payloadOf(frame);
    if (payload.length < THRESHOLD) return frame;
    const deflated = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH });
    const compressed = textFrame(deflated.subarray(0, -TAIL));
    compressed.writeUInt8(compressed.readUInt8(0) | RSV1, 0);
    return compressed;
  }
}

function payloadOf(frame: Buffer): Buffer {
  const length = frame.readUInt8(1);
  return frame.subarray(length < 126 ? 2 : length === 126 ? 4 : 10);
}
