import { Module } from '@nestjs/common';
import { PartnerProvider } from './partner.provider.js';

export class PartnerModule {}

Module({
  providers: [{ provide: PartnerProvider, useFactory: () => new PartnerProvider(process.env.PARTNER_SECRET) }],
})(PartnerModule);
