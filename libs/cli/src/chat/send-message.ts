import { status, type StatusObject } from '@grpc/grpc-js';
import type { Ack, NewMessage, ServerEvent } from '@hermes/protocol';
import { backOff } from '../back-off.js';
import type { ChatClient } from './chat-client.js';
import { ChatFailure, failureOf, refusalOf } from './chat-failure.js';

/** How often a message goes out anew, with the same id, when nobody knows what became of it. */
const TRIES = 6;
/** Milliseconds that the server may take for one try. */
const PATIENCE = 10_000;

/** Sends until it is known what became of it. @throws {ChatFailure} */
export async function sendMessage(client: ChatClient, message: NewMessage): Promise<Ack> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await attemptTo(client, message);
    if (!(outcome instanceof ChatFailure)) return outcome;
    if (!isUnknown(outcome) || attempt + 1 >= TRIES) throw outcome;
    await new Promise((resolve) => setTimeout(resolve, backOff(attempt)));
  }
}

/** Whether it may have been stored all the same. A server that is not there has stored nothing. */
function isUnknown({ code, message }: ChatFailure): boolean {
  if (code === 'UNAVAILABLE') return !message.startsWith('no connection to ');
  return code === 'DEADLINE_EXCEEDED' || code === 'CANCELLED' || code === 'INTERNAL';
}

function attemptTo(client: ChatClient, newMessage: NewMessage): Promise<Ack | ChatFailure> {
  return new Promise((resolve) => {
    const stream = client.events();
    const settle = (outcome: Ack | ChatFailure): void => {
      clearTimeout(timer);
      stream.end();
      resolve(outcome);
    };
    const timer = setTimeout(() => {
      settle(new ChatFailure('DEADLINE_EXCEEDED', `no answer from ${client.address} within ${PATIENCE / 1_000} s`));
      stream.cancel();
    }, PATIENCE);
    stream.on('data', ({ ack, error }: ServerEvent) => {
      if (ack) settle(ack);
      if (error) settle(refusalOf(error));
    });
    // The status, which follows, says the same.
    stream.on('error', () => undefined);
    stream.on('status', (ending: StatusObject) => {
      const { code } = ending;
      settle(failureOf(code === status.OK ? { code: status.UNAVAILABLE, details: '' } : ending, client.address));
    });
    stream.write({ ref: 'send', newMessage });
  });
}
