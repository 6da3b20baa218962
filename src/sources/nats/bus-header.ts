import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { HermesEvent } from '../../delivery/index.js';
import { headersOf } from '../index.js';

const HEADER = 'Hermes-Event';

/**
 * The headers of an event on the bus, as JSON in one header.
 *
 * A header of NATS is one line, and blanks at its ends are lost: a channel with a line break in its name could not be
 * published, and one that ends in a blank would arrive as another.
 */
export function busHeaders(event: HermesEvent): MsgHdrs {
  const table = headers();
  table.set(HEADER, JSON.stringify(headersOf(event)));
  return table;
}

/** @returns what {@link busHeaders} wrote; undefined when the message is somebody else's, with headers of its own */
export function readBusHeaders(table: MsgHdrs | undefined): unknown {
  const text = table?.get(HEADER) ?? '';
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
