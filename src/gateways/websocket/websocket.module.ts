import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AddressesModule } from '../../addresses/index.js';
import { provideSettings } from '../../config/index.js';
import { SessionsModule } from '../../sessions/index.js';
import { AddressDoor } from './address-door.js';
import { UpgradeDoor } from './upgrade-door.js';
import { HermesWsAdapter } from './websocket.adapter.js';
import { WebSocketConfig } from './websocket.config.js';

@Module({
  imports: [AddressesModule, DiscoveryModule, SessionsModule],
  providers: [provideSettings(WebSocketConfig), AddressDoor, UpgradeDoor, HermesWsAdapter],
  exports: [AddressDoor, HermesWsAdapter],
})
export class WebSocketModule {}
