import type { Writable } from 'node:stream';
import * as fc from 'fast-check';
import { textFrame } from './websocket-frame.js';

/** The two halves of `ws` that frame and read; its typings do not name them. */
interface WsInternals {
  readonly Sender: { frame(data: Buffer, options: object): Buffer[] };
  readonly Receiver: new (options: object) => Writable;
}

const { Sender, Receiver } = jest.requireActual<WsInternals>('ws');

function framedByWs(text: Buffer): Buffer {
  return Buffer.concat(Sender.frame(text, { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false }));
}

function readByWs(frames: Buffer): Promise<string[]> {
  const receiver = new Receiver({ isServer: false });
  const messages: string[] = [];
  receiver.on('message', (data: Buffer, binary: boolean) => messages.push(binary ? 'binary' : data.toString()));
  return new Promise((resolve, reject) => {
    receiver.on('error', reject).on('finish', () => resolve(messages));
    receiver.end(frames);
  });
}

describe('textFrame', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 1_000_000])(
    'frames %i bytes exactly as ws does, in all three forms of the length',
    (length) => {
      const text = Buffer.alloc(length, 'x');

      expect(textFrame(text).equals(framedByWs(text))).toBe(true);
    },
  );

  it.each([
    [125, 2],
    [126, 4],
    [65_535, 4],
    [65_536, 10],
  ])('puts %i bytes behind a header of %i', (length, header) => {
    expect(textFrame(Buffer.alloc(length)).length - length).toBe(header);
  });

  it('joins its parts', () => {
    const frame = textFrame(Buffer.from('{"a":'), Buffer.from('1'), Buffer.alloc(0), Buffer.from('}'));

    expect(frame.equals(framedByWs(Buffer.from('{"a":1}')))).toBe(true);
  });

  it('counts bytes, not characters', () => {
    expect(textFrame(Buffer.from('Grüße 🎉')).equals(framedByWs(Buffer.from('Grüße 🎉')))).toBe(true);
  });

  it('is an empty frame for no parts at all', () => {
    expect([...textFrame()]).toEqual([0x81, 0]);
  });

  it('lets a receiver read any texts back from frames that were written together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 4 }), { maxLength: 4 }),
        async (messages) => {
          const texts = messages.map((parts) => parts.map((part) => Buffer.from(part)));

          const read = await readByWs(Buffer.concat(texts.map((parts) => textFrame(...parts))));

          expect(read).toEqual(texts.map((parts) => Buffer.concat(parts).toString()));
        },
      ),
      { numRuns: 50 },
    );
  });
});
