import type { ChannelModel } from 'amqplib';

/** What the headers of a message are when the library cannot read them. */
export const UNREADABLE = Object.freeze({ '': 'unreadable' });

/** The part of the library's connection that takes frames off the bytes that have come. */
interface FrameReader {
  /** Bytes that no frame has been made of. */
  rest: Buffer;
  recvFrame(): unknown;
}

const HEADER_FRAME = 2;
const CHANNEL_AT = 1;
const PAYLOAD_AT = 7;
const CLASS_AT = PAYLOAD_AT;
const SIZE_AT = PAYLOAD_AT + 4;

/**
 * Has messages come whose headers the library cannot read, with {@link UNREADABLE} in their place. It reads tables in tables by
 * recursion; with some thousand of them, which are 30 KB, the stack is at its end and the library gives up the connection, and
 * with it the queue of this node and all that waits in it.
 */
export function surviveUnreadableHeaders({ connection }: ChannelModel): void {
  const reader = connection as unknown as FrameReader;
  const receive = reader.recvFrame.bind(reader);
  reader.recvFrame = () => {
    const before = reader.rest;
    try {
      return receive();
    } catch (error) {
      // Without its frame taken off, it is not the headers that are wrong.
      if (reader.rest === before || before[0] !== HEADER_FRAME) throw error;
      return {
        id: before.readUInt16BE(CLASS_AT),
        channel: before.readUInt16BE(CHANNEL_AT),
        size: Number(before.readBigUInt64BE(SIZE_AT)),
        fields: { headers: UNREADABLE },
      };
    }
  };
}
