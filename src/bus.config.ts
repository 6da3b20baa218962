import { IsIn } from 'class-validator';
import { Setting } from './config/index.js';

export type BusKind = 'rabbitmq' | 'nats' | 'memory';

/** Which broker carries what is published through this node to every node. */
export class BusConfig {
  @Setting(
    'HERMES_BUS',
    'what carries published events to every node: `rabbitmq`, `nats` or `memory` (this machine only); none: the first of these that is configured',
    { parse: (text) => text },
  )
  @IsIn(['', 'rabbitmq', 'nats', 'memory'], { message: 'must be rabbitmq, nats or memory' })
  readonly bus: BusKind | '' = '';

  /** @param brokers whether each broker is configured */
  kindOn(brokers: Readonly<Record<'rabbitmq' | 'nats', boolean>>): BusKind {
    if (this.bus !== '') return this.bus;
    if (brokers.rabbitmq) return 'rabbitmq';
    return brokers.nats ? 'nats' : 'memory';
  }
}
