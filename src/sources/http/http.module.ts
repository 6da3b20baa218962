import { Module } from '@nestjs/common';
import { provideSettings } from '../../config/index.js';
import { EventIntake } from '../../delivery/index.js';
import { HttpModule } from '../../http/index.js';
import { SessionsModule } from '../../sessions/index.js';
import { EventPublisher } from './event-publisher.js';
import { EventsController } from './events.controller.js';
import { TriggerController } from './trigger.controller.js';
import { HttpSourceConfig } from './http.config.js';
import { Idempotency } from './idempotency.js';
import { RequestBodies } from './request-bodies.js';

@Module({
  imports: [HttpModule, SessionsModule],
  controllers: [EventsController, TriggerController],
  providers: [
    provideSettings(HttpSourceConfig),
    EventPublisher,
    RequestBodies,
    {
      provide: Idempotency,
      inject: [HttpSourceConfig, EventIntake],
      useFactory: (config: HttpSourceConfig, intake: EventIntake) => {
        intake.onces.window = config.idempotencyWindow;
        return new Idempotency(performance, config);
      },
    },
  ],
})
export class HttpSourceModule {}
