import { ArrayNotEmpty, IsBoolean, IsInt, Max, Min } from 'class-validator';
import { Setting, commaList, duration } from '../../config/index.js';
import { parseConnectionHeaders, type ConnectionHeader } from './connection-header.js';

/** Where the rooms dialect is spoken, and which back end decides who may enter which room. */
export class RoomsConfig {
  @Setting(
    'HERMES_ROOMS_PATHS',
    'where clients of rooms connect, comma separated; the last slash does not matter; unset: `/_ws/rooms,/ws/`',
    {
      parse: gatewayPaths,
    },
  )
  @ArrayNotEmpty()
  readonly paths: readonly string[] = ['/_ws/rooms', '/ws/'];

  @Setting(
    'HERMES_ROOMS_API_URL',
    'the back end that says which rooms a client may enter, asked at `<url>bootstrap/`; none: every client of rooms is refused',
    { parse: apiUrl },
  )
  readonly apiUrl: string = '';

  @Setting('HERMES_ROOMS_API_TIMEOUT', 'how long the back end may take; later it is a refusal', { parse: duration })
  @IsInt()
  @Min(1)
  @Max(60_000)
  readonly apiTimeout: number = 5_000;

  @Setting('HERMES_ROOMS_API_CONCURRENCY', 'questions that the back end is asked at a time')
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly apiConcurrency: number = 64;

  @Setting(
    'HERMES_ROOMS_CONNECTION_HEADERS',
    'query parameters of a client that the back end gets as headers, comma separated: `X-Session-Token=session_token`',
    { parse: parseConnectionHeaders },
  )
  readonly connectionHeaders: readonly ConnectionHeader[] = [];

  @Setting('HERMES_ROOMS_CONNECT_HOOK', 'path below the API url that is posted to when a client was let in', {
    parse: hookPath,
  })
  readonly connectHook: string = '';

  @Setting('HERMES_ROOMS_DISCONNECT_HOOK', 'path below the API url that is posted to when such a client has gone', {
    parse: hookPath,
  })
  readonly disconnectHook: string = '';

  @Setting('HERMES_ROOMS_IDLE_TIMEOUT', 'a client that has said nothing for so long is closed', { parse: duration })
  @IsInt()
  @Min(100)
  readonly idleTimeout: number = 300_000;

  @Setting('HERMES_ROOMS_REPLY_REQUEST_ID', 'whether answers bear the requestId of what they answer')
  @IsBoolean()
  readonly replyRequestId: boolean = false;

  faults(): string[] {
    if (this.apiUrl !== '') return [];
    return [
      ...(this.connectHook === '' ? [] : ['HERMES_ROOMS_CONNECT_HOOK: would need HERMES_ROOMS_API_URL']),
      ...(this.disconnectHook === '' ? [] : ['HERMES_ROOMS_DISCONNECT_HOOK: would need HERMES_ROOMS_API_URL']),
    ];
  }
}

function gatewayPaths(text: string): readonly string[] {
  const paths = commaList(text);
  const odd = paths.find((path) => !/^\/[^?#\s]+$/.test(path));
  if (odd !== undefined) throw new Error(`must be paths such as /ws/, ${JSON.stringify(odd)} is none`);
  return paths;
}

function apiUrl(text: string): string {
  if (!URL.canParse(text)) throw new Error('must be a URL such as https://example.com/api/');
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) throw new Error('must begin with http:// or https://');
  if (url.username !== '' || url.password !== '') throw new Error('must not hold a user: clients bring their own');
  if (url.search !== '' || url.hash !== '') throw new Error('must end with its path');
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

function hookPath(text: string): string {
  if (!/^\w[\w.~%/-]*$/.test(text) || text.includes('..'))
    throw new Error('must be a path without a first slash, as user/notify_online/');
  return text;
}
