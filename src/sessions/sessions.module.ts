import { getHeapStatistics } from 'node:v8';
import { Module } from '@nestjs/common';
import { provideSettings } from '../config/index.js';
import { Delivery, EventIntake } from '../delivery/index.js';
import { CommandBudgetConfig } from './command-budget.config.js';
import { DeliveryConfig } from './delivery.config.js';
import { PersonBudgets } from './person-budgets.js';
import { SessionService } from './session.service.js';
import { SessionsConfig } from './sessions.config.js';

/** Sessions and the delivery core they stand on: the one place that gives the core its clock and its event loop. */
@Module({
  providers: [
    provideSettings(CommandBudgetConfig),
    provideSettings(DeliveryConfig),
    provideSettings(SessionsConfig),
    { provide: Delivery, inject: [DeliveryConfig], useFactory: createDelivery },
    {
      provide: EventIntake,
      inject: [Delivery, DeliveryConfig],
      useFactory: (delivery: Delivery, config: DeliveryConfig) => new EventIntake(delivery, config.maxEvent),
    },
    PersonBudgets,
    SessionService,
  ],
  exports: [CommandBudgetConfig, Delivery, DeliveryConfig, EventIntake, PersonBudgets, SessionService, SessionsConfig],
})
export class SessionsModule {}

function createDelivery(config: DeliveryConfig): Delivery {
  return new Delivery(
    {
      outbox: { bytes: config.outboxLimit, overflow: config.outboxOverflow },
      retained: { bytes: config.retainedLimit, perTopic: config.retainedPerTopic },
      pendingBytes: config.pendingLimit,
      subscriptionsPerSession: config.maxSubscriptions,
      rememberedBytes: Math.min(config.subscriptionsLimit, getHeapStatistics().heap_size_limit / 4),
    },
    performance,
    setImmediate,
    config.roomsWildcardRouting ? 'wildcard' : 'exact',
  );
}
