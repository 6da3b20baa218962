import { IsInt, Matches, Max, Min, ValidateIf } from 'class-validator';
import { Setting, duration } from '../config/index.js';

/** Where durable things are kept: on a PostgreSQL server, in a folder of this machine, or nowhere. */
export class PostgresConfig {
  @Setting(
    'HERMES_POSTGRES_URL',
    'PostgreSQL for chat, e.g. postgres://user:secret@db:5432/hermes; none: HERMES_DATA_DIR',
    { secret: true },
  )
  @ValidateIf(({ url }: PostgresConfig) => url !== '')
  @Matches(/^postgres(?:ql)?:\/\/./i, { message: 'must be a URL that starts with postgres://' })
  readonly url: string = '';

  @Setting('HERMES_POSTGRES_POOL', 'connections to PostgreSQL')
  @IsInt()
  @Min(2)
  @Max(100)
  readonly pool: number = 10;

  @Setting('HERMES_POSTGRES_TIMEOUT', 'how long a connection or a statement may take', { parse: duration })
  @IsInt()
  @Min(100)
  // Whoever looks for what has been written since a moment reckons with transactions that took so long.
  @Max(20_000)
  readonly timeout: number = 5_000;

  @Setting(
    'HERMES_DATA_DIR',
    'folder for an embedded PostgreSQL, for one process; `npm start` sets .hermes/data; neither this nor HERMES_POSTGRES_URL: no chat',
  )
  readonly dataDir: string = '';
}
