import { Module } from '@nestjs/common';
import { provideSettings } from '../config/index.js';
import { Database } from './database.js';
import { PostgresConfig } from './postgres.config.js';

/** Import it when `HERMES_POSTGRES_URL` or `HERMES_DATA_DIR` is set. It ends after everything that stands on it has ended. */
@Module({
  providers: [provideSettings(PostgresConfig), Database],
  exports: [PostgresConfig, Database],
})
export class DatabaseModule {}
