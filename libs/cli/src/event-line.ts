import { payloadOf, type EventMessage } from '@hermes/protocol';
import { painter } from './painter.js';
import { jsonLine, printable } from './printable.js';
import { timeOfDay } from './time-of-day.js';

/** An event that has come. */
export interface Arrival {
  readonly event: EventMessage;
  /** The message as it came, for the payload in the producer's own writing. */
  readonly frame: string;
  readonly at: Date;
}

/**
 * One line for people: local time, channel, event, for whom, payload.
 *
 * @example 14:03:07.042  prices  tick  broadcast  {"BTC":1}
 */
export function eventLine({ event, frame, at }: Arrival, colours: boolean): string {
  const paint = painter(colours);
  return [
    paint('dim', timeOfDay(at)),
    paint('cyan', printable(event.channel)),
    paint('bold', printable(event.event)),
    event.broadcast ? paint('green', 'broadcast') : paint('yellow', 'direct'),
    jsonLine(payloadText(event, frame)),
  ].join('  ');
}

/** Digits that JavaScript's numbers cannot hold stay as they came, unless the frame is not laid out as Hermes does it. */
function payloadText(message: EventMessage, frame: string): string {
  const { broadcast, channel, event } = message;
  const name = JSON.stringify(event);
  const head = `{"broadcast":${broadcast},"channel":${JSON.stringify(channel)},"event":${name},"data":{${name}:`;
  if (frame.startsWith(head) && frame.endsWith('}}')) return frame.slice(head.length, -2).trim();
  return JSON.stringify(payloadOf(message));
}
