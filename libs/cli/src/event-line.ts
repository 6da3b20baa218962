import { payloadOf, type EventMessage } from '@hermes/protocol';
import { jsonLine, printable } from './printable.js';

/** An event that has come. */
export interface Arrival {
  readonly event: EventMessage;
  /** The message as it came, for the payload in the producer's own writing. */
  readonly frame: string;
  readonly at: Date;
}

const COLOURS = { dim: 2, bold: 1, cyan: 36, green: 32, yellow: 33 };

/**
 * One line for people: local time, channel, event, for whom, payload.
 *
 * @example 14:03:07.042  prices  tick  broadcast  {"BTC":1}
 */
export function eventLine({ event, frame, at }: Arrival, colours: boolean): string {
  const paint = (colour: keyof typeof COLOURS, text: string): string =>
    colours ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
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

function timeOfDay(at: Date): string {
  const [hours, minutes, seconds] = [at.getHours(), at.getMinutes(), at.getSeconds()].map((n) => pad(n, 2));
  return `${hours}:${minutes}:${seconds}.${pad(at.getMilliseconds(), 3)}`;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
