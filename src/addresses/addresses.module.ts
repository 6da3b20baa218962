import { Module } from '@nestjs/common';
import { provideSettings } from '../config/index.js';
import { AddressesConfig } from './addresses.config.js';

/** What every transport needs to know who its clients are. */
@Module({
  providers: [provideSettings(AddressesConfig)],
  exports: [AddressesConfig],
})
export class AddressesModule {}
