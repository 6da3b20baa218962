import { Module } from '@nestjs/common';
import { provideSettings } from '../config/index.js';
import { AddressConnections } from './address-connections.js';
import { AddressesConfig } from './addresses.config.js';

/** What every transport needs to know who its clients are. */
@Module({
  providers: [
    provideSettings(AddressesConfig),
    {
      provide: AddressConnections,
      inject: [AddressesConfig],
      useFactory: ({ maxConnectionsPerAddress }: AddressesConfig) => new AddressConnections(maxConnectionsPerAddress),
    },
  ],
  exports: [AddressConnections, AddressesConfig],
})
export class AddressesModule {}
