import { IsIn } from 'class-validator';
import { Setting } from '../config/index.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** What goes into the log and how it looks. */
export class LogConfig {
  @Setting('HERMES_LOG_LEVEL', `least level that is logged: ${LOG_LEVELS.join(', ')}`)
  @IsIn(LOG_LEVELS)
  readonly level: string = 'info';

  @Setting('HERMES_LOG_FORMAT', '`json`, `pretty`, or `auto`: pretty on a terminal')
  @IsIn(['auto', 'json', 'pretty'])
  readonly format: string = 'auto';
}
