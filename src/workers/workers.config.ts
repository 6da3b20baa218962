import { availableParallelism } from 'node:os';
import { IsInt, Max, Min } from 'class-validator';
import { Setting } from '../config/index.js';

/** How many processes share the port. */
export class WorkersConfig {
  @Setting('HERMES_WORKERS', 'processes on this machine that share the port; `auto`: one for each core', {
    parse: (text) => (text === 'auto' ? availableParallelism() : Number(text)),
  })
  @IsInt({ message: 'must be a whole number, or auto' })
  @Min(1)
  @Max(256)
  readonly workers: number = 1;
}
