import { IsInt, Max, Min } from 'class-validator';
import { Setting } from '../config/index.js';

/** Where operators look: what they are shown is nothing for strangers. */
export class AdminConfig {
  /** 0: on the port of everything else; -1: nowhere. */
  @Setting(
    'HERMES_ADMIN_PORT',
    'port of their own for `/metrics`, the reasons of `/health/ready` and `/api/docs`; `off`: nowhere; none: HERMES_PORT',
    { parse: (text) => (text === 'off' ? -1 : Number(text)) },
  )
  @IsInt({ message: 'must be a port, or off' })
  @Min(-1)
  @Max(65_535)
  readonly adminPort: number = 0;
}
