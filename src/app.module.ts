import cluster from 'node:cluster';
import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AppConfig } from './app.config.js';
import { ApiModule, AuthModule, type AuthExtension } from './auth/index.js';
import { BusConfig, type BusKind } from './bus.config.js';
import { BusModule } from './bus.module.js';
import { ChatModule } from './chat/index.js';
import { ChatGrpcModule } from './chat/grpc/index.js';
import { provideSettings, type Settings } from './config/index.js';
import { CommandsGatewayModule } from './gateways/commands/index.js';
import { HermesGatewayModule } from './gateways/hermes/index.js';
import { TopicsGatewayModule } from './gateways/topics/index.js';
import { RoomsGatewayModule } from './gateways/rooms/index.js';
import { HttpModule } from './http/index.js';
import { HomeController } from './home.controller.js';
import { ObservabilityModule } from './observability/index.js';
import { SessionsModule } from './sessions/index.js';
import { brokersOf, hasChat, section } from './settings.js';
import { ShutdownSequence } from './shutdown-sequence.js';
import { HttpSourceModule } from './sources/http/index.js';
import { SourcesModule } from './sources/index.js';
import { KafkaConfig, KafkaModule } from './sources/kafka/index.js';
import { NatsModule } from './sources/nats/index.js';
import { RabbitMqModule } from './sources/rabbitmq/index.js';
import { RedisConfig } from './stores/index.js';

/** The one place that knows every feature. */
@Module({})
export class AppModule {
  /** @param extensions modules of other teams, with their AuthProviders */
  static with(settings: Settings, extensions: readonly AuthExtension[] = []): DynamicModule {
    const brokers = brokersOf(settings);
    return {
      module: AppModule,
      imports: [
        // Global, so that the provider of another team can inject ConfigService and read variables of its own.
        ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [() => settings] }),
        HttpModule,
        SessionsModule,
        SourcesModule,
        HttpSourceModule,
        AuthModule,
        ApiModule,
        HermesGatewayModule,
        CommandsGatewayModule,
        TopicsGatewayModule,
        RoomsGatewayModule,
        ObservabilityModule,
        ...(hasChat(settings) ? chatOn(settings) : []),
        ...(section(settings, KafkaConfig).brokers.length > 0 ? [KafkaModule] : []),
        ...(brokers.rabbitmq ? [RabbitMqModule] : []),
        ...(brokers.nats ? [NatsModule] : []),
        busOf(section(settings, BusConfig).kindOn(brokers)),
        ...extensions,
      ],
      controllers: [HomeController],
      providers: [provideSettings(AppConfig), ShutdownSequence],
    };
  }
}

function chatOn(settings: Settings): DynamicModule[] {
  const shared = section(settings, RedisConfig).url !== '';
  // Global, as ChatModule is: metrics have it where it is and do without where it is not.
  return [ChatModule.with({ shared }), { module: ChatGrpcModule, global: true }];
}

function busOf(kind: BusKind): DynamicModule {
  switch (kind) {
    case 'rabbitmq':
      return BusModule.rabbitMq();
    case 'nats':
      return BusModule.nats();
    case 'memory':
      return cluster.isPrimary ? BusModule.local() : BusModule.workers();
  }
}
