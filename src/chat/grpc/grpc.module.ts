import { Module } from '@nestjs/common';
import { AddressesModule } from '../../addresses/index.js';
import { AuthModule } from '../../auth/index.js';
import { provideSettings } from '../../config/index.js';
import { SessionsModule } from '../../sessions/index.js';
import { CallBudgets } from './call-budgets.js';
import { ChatController } from './chat.controller.js';
import { EventStreams } from './event-streams.js';
import { GrpcConnections } from './grpc-connections.js';
import { GrpcDoor } from './grpc-door.js';
import { GrpcErrorFilter } from './grpc-error.filter.js';
import { GrpcHealth } from './grpc-health.js';
import { GrpcServer } from './grpc-server.js';
import { GrpcStats } from './grpc-stats.js';
import { GrpcTimes } from './grpc-times.js';
import { GrpcConfig } from './grpc.config.js';
import { ServerCertificate } from './server-certificate.js';

/** The gRPC gateway of chat, beside ChatModule, which is global. Its port opens with `startGrpc`. */
@Module({
  imports: [AddressesModule, AuthModule, SessionsModule],
  controllers: [ChatController],
  providers: [
    provideSettings(GrpcConfig),
    CallBudgets,
    EventStreams,
    GrpcConnections,
    GrpcDoor,
    GrpcErrorFilter,
    GrpcHealth,
    GrpcServer,
    GrpcStats,
    GrpcTimes,
    ServerCertificate,
  ],
  exports: [GrpcServer, GrpcStats],
})
export class ChatGrpcModule {}
