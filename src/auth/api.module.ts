import { Module } from '@nestjs/common';
import { AddressesModule } from '../addresses/index.js';
import { ApiKeyGate } from './api-key.gate.js';
import { AuthModule } from './auth.module.js';

/** Who may use the HTTP API. */
@Module({
  imports: [AuthModule, AddressesModule],
  providers: [ApiKeyGate],
  exports: [ApiKeyGate],
})
export class ApiModule {}
