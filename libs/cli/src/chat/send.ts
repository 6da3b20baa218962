import { randomUUID } from 'node:crypto';
import type { NewMessage } from '@hermes/protocol';
import { jsonLine, printable } from '../printable.js';
import type { Terminal } from '../terminal.js';
import type { ChatOptions } from './chat-target.js';
import { sendMessage } from './send-message.js';
import { failed, withClient } from './with-client.js';

export interface SendOptions extends ChatOptions {
  readonly channel?: string;
}

/** @param words recipient and text, or with `--channel` the text alone @returns the exit code */
export async function send(words: readonly string[], options: SendOptions, terminal: Terminal): Promise<number> {
  const { channel } = options;
  const expected = channel === undefined ? 2 : 1;
  if (words.length !== expected) return failed(terminal, faultIn(words.length, expected));
  const [recipient = ''] = words;
  const typed = words.at(-1) ?? '';
  return withClient(options, terminal, async (client) => {
    const body = typed === '-' ? (await terminal.read()).replace(/\r?\n$/, '') : typed;
    const to: Pick<NewMessage, 'channelId' | 'recipient'> =
      channel === undefined ? { recipient } : { channelId: channel };
    const ack = await sendMessage(client, { id: randomUUID(), ...to, body });
    const { channelId, position } = ack;
    const where = position === 0 ? '' : ` as #${position}`;
    terminal.print(options.json ? jsonLine(JSON.stringify({ ack })) : `sent to ${printable(channelId)}${where}`);
    return 0;
  });
}

function faultIn(given: number, expected: number): string {
  if (given > expected) return 'too many words: put the text in quotes';
  return 'there is no text: `hermes chat send <recipient> <text>`, where - reads it from standard input';
}
