import { IsInt, IsNotEmpty, Max, Min } from 'class-validator';
import { Setting } from './config/index.js';

/** Where Hermes listens. */
export class AppConfig {
  @Setting('HERMES_HOST', 'address to listen on; containers set 0.0.0.0')
  @IsNotEmpty()
  readonly host: string = '127.0.0.1';

  @Setting('HERMES_PORT', 'port for HTTP and WebSocket; 0 takes a free one')
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly port: number = 8080;
}
