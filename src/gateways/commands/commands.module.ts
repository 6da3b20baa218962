import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/index.js';
import { provideSettings } from '../../config/index.js';
import { SessionsModule } from '../../sessions/index.js';
import { BackEndCommands } from './back-end-commands.js';
import { BackEnds } from './back-ends.js';
import { Callers } from './callers.js';
import { CommandsConfig } from './commands.config.js';
import { CommandsGateway } from './commands.gateway.js';
import { Feed } from './feed.js';
import { LiveQueries } from './live-queries.js';
import { Reloads } from './reloads.js';
import { SubscriptionsController } from './subscriptions.controller.js';

@Module({
  imports: [AuthModule, HttpModule, SessionsModule],
  controllers: [SubscriptionsController],
  providers: [
    provideSettings(CommandsConfig),
    BackEndCommands,
    BackEnds,
    Callers,
    CommandsGateway,
    Feed,
    LiveQueries,
    Reloads,
  ],
})
export class CommandsGatewayModule {}
