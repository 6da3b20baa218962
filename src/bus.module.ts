import { Module, type DynamicModule } from '@nestjs/common';
import { EventBus, EventIntake, LocalBus } from './delivery/index.js';
import { SessionsModule } from './sessions/index.js';
import { NatsBus, NatsBusModule } from './sources/nats/index.js';
import { RabbitMqBus, RabbitMqBusModule } from './sources/rabbitmq/index.js';
import { WorkersBus } from './workers/index.js';

/** Binds the one port that any feature may publish on and that only the application can choose. */
@Module({})
export class BusModule {
  static local(): DynamicModule {
    const bus = { provide: EventBus, inject: [EventIntake], useFactory: (intake: EventIntake) => new LocalBus(intake) };
    return { module: BusModule, global: true, imports: [SessionsModule], providers: [bus], exports: [EventBus] };
  }

  static workers(): DynamicModule {
    const bus = { provide: EventBus, useClass: WorkersBus };
    return { module: BusModule, global: true, imports: [SessionsModule], providers: [bus], exports: [EventBus] };
  }

  static rabbitMq(): DynamicModule {
    const bus = { provide: EventBus, useExisting: RabbitMqBus };
    return { module: BusModule, global: true, imports: [RabbitMqBusModule], providers: [bus], exports: [EventBus] };
  }

  static nats(): DynamicModule {
    const bus = { provide: EventBus, useExisting: NatsBus };
    return { module: BusModule, global: true, imports: [NatsBusModule], providers: [bus], exports: [EventBus] };
  }
}
