import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The commands of the Hermes JSON protocol as steps of the load generator. */

export const PATH = '/_ws/subscribe';

export const ORIGIN = 'bench';

export const handshake = { send: command('handshake'), expect: '"handshake"' };

export function subscribe(channel, event = 'tick') {
  return { send: command('subscribe', { channel, event }, 1), expect: '"resultCode":200' };
}

/** Every connection a user of its own: `{{n}}` is its number. Rivals without an AuthProvider take the token for the user. */
export const authorize = {
  send: command('authorize', { token: 'user-{{n}}', origin: ORIGIN, role: '' }),
  expect: '"success"',
};

/** Writes the table of the static AuthProvider that knows these users. @returns the path of the file */
export function staticProvider(users) {
  const tokens = Array.from({ length: users }, (_, n) => [`user-${n}`, { userId: `user-${n}` }]);
  const path = join(process.env.TEST_RUN_DIRECTORY, `providers-${users}.json`);
  writeFileSync(path, JSON.stringify({ [ORIGIN]: { type: 'static', tokens: Object.fromEntries(tokens) } }));
  return path;
}

function command(event, body, id) {
  return JSON.stringify({ channel: 'ws_status', event, command: body, id });
}
