import { IsArray, IsInt, Min } from 'class-validator';
import { Setting, byteSize, commaList } from '../../config/index.js';

/** What every WebSocket gateway asks of its clients. */
export class WebSocketConfig {
  @Setting(
    'HERMES_ALLOWED_ORIGINS',
    'browser origins that may connect, e.g. https://app.example.com, and no others; * for all; unset: those of our own host',
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

/** As browsers write them in the header `Origin`: an entry of another form would never match. */
function origins(text: string): readonly string[] {
  const entries = commaList(text);
  const odd = entries.find((entry) => entry !== '*' && !isOrigin(entry));
  if (odd !== undefined)
    throw new Error(`must be origins such as https://app.example.com, ${JSON.stringify(odd)} is none`);
  return entries;
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
