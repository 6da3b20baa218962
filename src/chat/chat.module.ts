import { Global, Module, type DynamicModule } from '@nestjs/common';
import { provideSettings } from '../config/index.js';
import { SessionsModule } from '../sessions/index.js';
import { DatabaseModule, RedisModule } from '../stores/index.js';
import { ChatShutdown } from './chat-shutdown.js';
import { ChatStats } from './chat-stats.js';
import { ChatWriter } from './chat-writer.js';
import { ChatService } from './chat.service.js';
import { ChatBus, Hints, LiveSessions, LocalChannels, PatientReader, Replayer, Sweep } from './live/index.js';
import { ChatConfig, ChatStore } from './model/index.js';
import { PostgresChatStore } from './postgres/index.js';
import { presenceProviders } from './presence/index.js';

/**
 * Chat, on an application that has a place to keep it. Global, because the gateways of other dialects, metrics and
 * readiness have it where there is one and do without where there is none.
 */
@Global()
@Module({})
export class ChatModule {
  /** @param shared whether nodes share presence by way of Redis */
  static with({ shared }: { readonly shared: boolean }): DynamicModule {
    return {
      module: ChatModule,
      imports: [SessionsModule, DatabaseModule, ...(shared ? [RedisModule] : [])],
      providers: [
        provideSettings(ChatConfig),
        { provide: ChatStore, useClass: PostgresChatStore },
        ChatBus,
        PatientReader,
        LocalChannels,
        Hints,
        Replayer,
        LiveSessions,
        Sweep,
        ChatWriter,
        ...presenceProviders(LocalChannels, shared),
        ChatService,
        ChatStats,
        ChatShutdown,
      ],
      exports: [ChatConfig, ChatStore, ChatService, ChatStats, ChatShutdown],
    };
  }
}
