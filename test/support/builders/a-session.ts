import type { Delivery } from '../../../src/delivery/index.js';
import type { SessionProtocol } from '../../../src/sessions/index.js';
// Not through the folder's index: the specs of the core need no framework.
import { Session } from '../../../src/sessions/session.js';
import { aNode, lineEncoder } from './a-node.js';
import { FakeConnection } from './fake-connection.js';

/** A dialect of plain lines. */
export const lineProtocol: SessionProtocol = {
  name: 'lines',
  encoder: lineEncoder,
  ping: Buffer.from('ping\n'),
  identityExpired: Buffer.from('identity expired\n'),
};

export const aClient = { ip: '192.0.2.1', userAgent: 'spec' };

export interface OpenedSession {
  readonly session: Session;
  readonly connection: FakeConnection;
  /** What the owner was told at the end: the close code, or `left`. */
  readonly ends: (number | 'left')[];
}

export interface SessionDetails {
  readonly protocol?: SessionProtocol;
  readonly delivery?: Delivery;
}

/** A session on its own, whose end takes it out of the core as the service would. */
export function aSession({ protocol = lineProtocol, delivery = aNode().delivery }: SessionDetails = {}): OpenedSession {
  const connection = new FakeConnection();
  const ends: (number | 'left')[] = [];
  const owner = {
    sessionEnded: (ended: Session, code: number | undefined) => {
      ends.push(code ?? 'left');
      delivery.disconnect(ended.subscriber);
    },
  };
  return { session: new Session(protocol, aClient, connection, owner, delivery), connection, ends };
}
