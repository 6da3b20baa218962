import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/index.js';
import { SessionsModule } from '../../sessions/index.js';
import { Authorizer } from '../websocket/index.js';
import { ChatAccess } from './chat-access.js';
import { HermesGateway } from './hermes.gateway.js';
import { RoleGuard } from './role.guard.js';

@Module({ imports: [AuthModule, SessionsModule], providers: [Authorizer, HermesGateway, RoleGuard, ChatAccess] })
export class HermesGatewayModule {}
