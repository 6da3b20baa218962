import { InvalidArgumentError, type Command } from 'commander';
import { localUser } from './local-user.js';
import type { Terminal } from './terminal.js';

const HOUR = 3_600;
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: HOUR, d: 24 * HOUR };
/** Longer than anybody tries something out; a token cannot be called back. */
const LONGEST = 30 * 24 * HOUR;

interface TokenOptions {
  readonly role?: string;
  readonly ttl: number;
  readonly json?: true;
}

/** @param finish gets the exit code */
export function addTokenCommand(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  program
    .command('token')
    .description(
      'make a token with which a page or a program authorizes at a server that `npm start` runs in this folder',
    )
    .argument('<user>', 'id of the user: anybody')
    .option('--role <role>', 'a role that the user has')
    .option('--ttl <time>', 'how long it is good for: 30s, 10m, 1h, 7d', toSeconds, HOUR)
    .option('--json', 'print the whole command `authorize` of the Hermes protocol')
    .action((user: string, options: TokenOptions) => {
      finish(token(user, options, terminal));
    });
}

function token(userId: string, { role, ttl, json }: TokenOptions, terminal: Terminal): number {
  const user = localUser(terminal.folder, { userId, role, lifetime: ttl }, 'token');
  if (typeof user === 'string') {
    terminal.say(`hermes: ${user}`);
    return 1;
  }
  const command = { token: user.token(), origin: user.origin, role };
  terminal.print(json ? JSON.stringify({ channel: 'ws_status', event: 'authorize', command }) : command.token);
  return 0;
}

function toSeconds(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * (UNITS[unit] ?? 0);
  if (seconds >= 1 && seconds <= LONGEST) return seconds;
  throw new InvalidArgumentError('It is a time such as 30s, 10m, 1h or 7d, 30d at most.');
}
