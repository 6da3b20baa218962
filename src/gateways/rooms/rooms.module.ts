import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { AddressesModule } from '../../addresses/index.js';
import { provideSettings } from '../../config/index.js';
import { SessionsModule } from '../../sessions/index.js';
import { IdleClients } from './idle-clients.js';
import { RoomsApi } from './rooms-api.js';
import { RoomsConfig } from './rooms.config.js';
import { RoomsGateway } from './rooms.gateway.js';

@Module({
  imports: [HttpModule, SessionsModule, AddressesModule],
  providers: [provideSettings(RoomsConfig), RoomsApi, IdleClients, RoomsGateway],
})
export class RoomsGatewayModule {}
