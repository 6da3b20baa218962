import 'reflect-metadata';
import { Global, Injectable, Module, type BeforeApplicationShutdown } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ChatService } from '../../../src/chat/chat.service.js';
import { GrpcServer } from '../../../src/chat/grpc/grpc-server.js';
import { GrpcStats } from '../../../src/chat/grpc/grpc-stats.js';
import { ChatGrpcModule } from '../../../src/chat/grpc/grpc.module.js';
import { GrpcConnections } from '../../../src/chat/grpc/grpc-connections.js';
import { GrpcTimes } from '../../../src/chat/grpc/grpc-times.js';
import { startGrpc } from '../../../src/chat/grpc/start-grpc.js';
import { ChatConfig, ChatStore } from '../../../src/chat/model/index.js';
import { provideSettings } from '../../../src/config/index.js';
import { Delivery } from '../../../src/delivery/index.js';
import { SessionService, SessionsModule } from '../../../src/sessions/index.js';
import { settingsFrom } from '../../../src/settings.js';
import { ChatClient, type ChatClientOptions } from './chat-client.js';
import { FakeChat } from './fake-chat.js';

@Global()
@Module({
  imports: [SessionsModule],
  providers: [
    provideSettings(ChatConfig),
    { provide: ChatService, inject: [Delivery], useFactory: (delivery: Delivery) => new FakeChat(delivery) },
    { provide: ChatStore, inject: [ChatService], useFactory: (chat: FakeChat) => chat.store },
  ],
  exports: [ChatConfig, ChatService, ChatStore],
})
class FakeChatModule {}

/** As the application itself stops. */
@Injectable()
class Drain implements BeforeApplicationShutdown {
  constructor(
    private readonly sessions: SessionService,
    private readonly server: GrpcServer,
  ) {}

  beforeApplicationShutdown(): Promise<void> {
    this.server.sayStopping();
    this.server.stopAccepting();
    return this.sessions.drain();
  }
}

/** The gRPC gateway alone, over a chat that stores nothing. */
export class GrpcNode {
  readonly #clients: ChatClient[] = [];

  private constructor(
    readonly app: NestFastifyApplication,
    readonly address: string,
  ) {}

  static async start(environment: Record<string, string> = {}, times: GrpcTimes = new GrpcTimes()): Promise<GrpcNode> {
    const settings = settingsFrom({
      HERMES_PORT: '0',
      HERMES_GRPC_PORT: '0',
      HERMES_DRAIN: '0',
      HERMES_LOG_LEVEL: 'silent',
      ...environment,
    });
    const app = await NestFactory.create<NestFastifyApplication>(
      {
        module: class {},
        imports: [
          ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [() => settings] }),
          FakeChatModule,
          ChatGrpcModule,
          SessionsModule,
        ],
        providers: [Drain],
      },
      new FastifyAdapter(),
      { logger: false, abortOnError: false },
    );
    Object.assign(app.get(GrpcTimes, { strict: false }), times);
    await app.init();
    return new GrpcNode(app, await startGrpc(app, '127.0.0.1'));
  }

  get chat(): FakeChat {
    return this.app.get(ChatService, { strict: false }) as unknown as FakeChat;
  }

  get server(): GrpcServer {
    return this.app.get(GrpcServer, { strict: false });
  }

  get stats(): GrpcStats {
    return this.app.get(GrpcStats, { strict: false });
  }

  /** How many are open. */
  get connections(): number {
    return this.app.get(GrpcConnections, { strict: false }).size;
  }

  get delivery(): Delivery {
    return this.app.get(Delivery, { strict: false });
  }

  get sessions(): SessionService {
    return this.app.get(SessionService, { strict: false });
  }

  /** Ended with the node. */
  client(token: string | undefined, options?: ChatClientOptions): ChatClient {
    const client = new ChatClient(this.address, token, options);
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    await this.app.close();
    for (const client of this.#clients) client.close();
  }
}
