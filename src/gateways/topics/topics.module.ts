import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/index.js';
import { provideSettings } from '../../config/index.js';
import { SessionsModule } from '../../sessions/index.js';
import { Authorizer } from '../websocket/index.js';
import { PublishGuard } from './publish.guard.js';
import { TopicCensus } from './topic-census.js';
import { TopicPublisher } from './topic-publisher.js';
import { TopicsConfig } from './topics.config.js';
import { TopicsController } from './topics.controller.js';
import { TopicsGateway } from './topics.gateway.js';

@Module({
  imports: [AuthModule, SessionsModule],
  controllers: [TopicsController],
  providers: [Authorizer, provideSettings(TopicsConfig), PublishGuard, TopicPublisher, TopicCensus, TopicsGateway],
})
export class TopicsGatewayModule {}
