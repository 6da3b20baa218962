import { IsArray, IsInt, Min } from 'class-validator';
import { Setting, byteSize, commaList } from '../../config/index.js';
import { readOriginList } from './origin.js';

/** What every WebSocket gateway asks of its clients. */
export class WebSocketConfig {
  @Setting(
    'HERMES_ALLOWED_ORIGINS',
    'origins of pages and apps that may connect, and no others: https://app.example.com, https://*.example.com, capacitor://localhost, null, * for all; unset: pages of our own host, and of this machine where Hermes listens on loopback',
    { parse: origins },
  )
  @IsArray()
  readonly allowedOrigins: readonly string[] = [];

  @Setting('HERMES_MAX_FRAME', 'largest message from a client; a larger one closes with 1009', { parse: byteSize })
  @IsInt()
  @Min(512)
  readonly maxFrame: number = 64 * 1024;

  @Setting('HERMES_COMPRESSION', 'offer permessage-deflate; an event is then deflated once for all who accepted')
  readonly compression: boolean = false;
}

/** What cannot be an origin would never match, so it stops the start. */
function origins(text: string): readonly string[] {
  const entries = commaList(text);
  readOriginList(entries);
  return entries;
}
