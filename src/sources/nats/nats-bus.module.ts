import { Module } from '@nestjs/common';
import { provideSettings } from '../../config/index.js';
import { NatsBus } from './nats.bus.js';
import { NatsConfig } from './nats.config.js';

/** Import it when NATS is the bus: a node that only listens needs no connection to publish on. */
@Module({ providers: [provideSettings(NatsConfig), NatsBus], exports: [NatsBus] })
export class NatsBusModule {}
