import { Module } from '@nestjs/common';
import { provideSettings } from '../../config/index.js';
import { RabbitMqBus } from './rabbitmq.bus.js';
import { RabbitMqConfig } from './rabbitmq.config.js';

/** Import it when RabbitMQ is the bus: a node that only listens needs no connection to publish on. */
@Module({ providers: [provideSettings(RabbitMqConfig), RabbitMqBus], exports: [RabbitMqBus] })
export class RabbitMqBusModule {}
