import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/index.js';
import { SourceRegistry } from './source-registry.js';

@Module({ imports: [SessionsModule], providers: [SourceRegistry], exports: [SourceRegistry, SessionsModule] })
export class SourcesModule {}
