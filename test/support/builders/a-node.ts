import {
  Delivery,
  type DeliveryLimits,
  type EventEncoder,
  type HermesEvent,
  type RoomRouting,
  type Subscriber,
} from '../../../src/delivery/index.js';
import { FakeClock } from './fake-clock.js';
import { FakeConnection } from './fake-connection.js';
import { ManualSchedule } from './manual-schedule.js';

/** The plainest dialect there is, one line for each event: `channel/name payload`. */
export const lineEncoder: EventEncoder = {
  encode: ({ channel, name, payload }: HermesEvent) => Buffer.from(`${channel}/${name} ${payload.toString()}\n`),
};

export const generousLimits: DeliveryLimits = {
  outbox: { bytes: 1_000_000, overflow: 'close' },
  retained: { perTopic: 1_000, bytes: 10_000_000 },
  pendingBytes: 100_000_000,
  subscriptionsPerSession: 1_000,
};

/** A client that is connected to the core of a node. */
export interface Listener {
  readonly subscriber: Subscriber;
  readonly connection: FakeConnection;
  /** Whether the node has given it up as too slow. */
  readonly givenUp: boolean;
  /** The lines received since the last look. */
  received(): string[];
}

/** The delivery core with its surroundings in the hands of the test. */
export class Node {
  readonly clock = new FakeClock();
  readonly loop = new ManualSchedule();
  readonly delivery: Delivery;

  constructor(limits: Partial<DeliveryLimits> = {}, routing: RoomRouting = 'exact') {
    this.delivery = new Delivery({ ...generousLimits, ...limits }, this.clock, this.loop.schedule, routing);
  }

  connect(encoder = lineEncoder): Listener {
    const connection = new FakeConnection();
    let givenUp = false;
    const owner = {
      tooSlow: () => {
        givenUp = true;
        this.delivery.disconnect(subscriber);
      },
    };
    const subscriber = this.delivery.connect(encoder, connection, owner);
    const { loop } = this;
    return {
      subscriber,
      connection,
      get givenUp() {
        return givenUp;
      },
      received() {
        loop.settle();
        return Buffer.concat(connection.writes.splice(0)).toString().split('\n').slice(0, -1);
      },
    };
  }

  /** A session of somebody the auth provider has vouched for. */
  connectAs(userId: string, role?: string): Listener {
    const listener = this.connect();
    this.delivery.identify(listener.subscriber, { userId, role });
    return listener;
  }
}

export function aNode(limits?: Partial<DeliveryLimits>, routing?: RoomRouting): Node {
  return new Node(limits, routing);
}
