import { IsInt, IsNotEmpty, Max, Min } from 'class-validator';
import { Setting, byteSize } from './config/index.js';

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

  @Setting('HERMES_MAX_BODY', 'largest HTTP request body; JSON that comes as gzip counts inflated', { parse: byteSize })
  @IsInt()
  @Min(1024)
  readonly maxBody: number = 8 * 1024 ** 2;
}
