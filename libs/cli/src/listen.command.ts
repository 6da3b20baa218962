import { Option, type Command } from 'commander';
import { closeCodeMeaning, WILDCARD, type Credentials, type Subscription } from '@hermes/protocol';
import { eventLine } from './event-line.js';
import { HermesConnection, type ConnectionListener, type Ending, type Loss } from './hermes-connection.js';
import { localUser } from './local-user.js';
import { jsonLine, printable } from './printable.js';
import { targetOf, type Target } from './target.js';
import type { Terminal } from './terminal.js';
import { toCount } from './to-count.js';
import { openWsSocket } from './ws-socket.js';

interface ListenOptions {
  readonly url?: string;
  readonly token?: string;
  readonly origin?: string;
  readonly as?: string;
  /** Whether the token comes from the environment, where it may be meant for something else. */
  readonly tokenFromEnvironment: boolean;
  readonly role?: string;
  readonly count?: number;
  readonly json?: true;
  readonly reconnect: boolean;
}

/** @param finish gets the exit code */
export function addListenCommand(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  program
    .command('listen')
    .description('show events as they come')
    .argument('[channel]', "channel, or '***' for all", WILDCARD)
    .argument('[event]', "event name, or '***' for all", WILDCARD)
    .option('--url <address>', 'server, as ws://127.0.0.1:8080/_ws/subscribe')
    .option('--as <user>', 'authorize as this user of a server that `npm start` runs in this folder')
    .addOption(new Option('--token <token>', 'authorize with this token, to see direct events too').env('HERMES_TOKEN'))
    .option('--origin <origin>', 'where the token is from: it chooses the AuthProvider')
    .option('--role <role>', 'role to ask for')
    .option('--count <n>', 'leave after n events', toCount)
    .option('--json', 'print the messages as they came, one a line')
    .option('--no-reconnect', 'leave when the connection is lost or cannot be made')
    .action(async (channel: string, event: string, options: ListenOptions, command: Command) => {
      const tokenFromEnvironment = command.getOptionValueSource('token') === 'env';
      finish(await listen({ channel, event }, { ...options, tokenFromEnvironment }, terminal));
    });
}

/** Ends when the user has had enough, after `--count` events, or when going on makes no sense; resolves with the exit code. */
function listen(subscription: Subscription, options: ListenOptions, terminal: Terminal): Promise<number> {
  const target = targetOf(terminal.folder, { url: options.url });
  const credentials = typeof target === 'string' ? undefined : credentialsIn(options, target, terminal.folder);
  const fault = [target, credentials].find((part) => typeof part === 'string');
  if (typeof target === 'string' || typeof credentials === 'string') {
    terminal.say(`hermes: ${fault as string}`);
    return Promise.resolve(1);
  }
  const url = target.url.subscribe;
  const { reconnect } = options;
  return new Promise((finish) => {
    const connection: HermesConnection = new HermesConnection(
      { url, openSocket: openWsSocket, subscriptions: [subscription], credentials, reconnect },
      narrator({ url, subscription, options, terminal }, () => connection.close(), finish),
    );
    terminal.onInterrupt(() => connection.close());
    connection.open();
  });
}

interface Listening {
  readonly url: string;
  readonly subscription: Subscription;
  readonly options: ListenOptions;
  readonly terminal: Terminal;
}

/** Tells the user what a connection tells. */
function narrator(
  { url, subscription, options, terminal }: Listening,
  enough: () => void,
  finish: (code: number) => void,
): ConnectionListener {
  let events = 0;
  return {
    event(event, frame) {
      terminal.print(options.json ? jsonLine(frame) : eventLine({ event, frame, at: new Date() }, terminal.colours));
      if (++events === options.count) enough();
    },
    ready: () => terminal.say(`listening to ${subscription.channel} ${subscription.event} at ${url}`),
    waiting(loss, delay) {
      terminal.say(`${lossSentence(loss, url)}; trying again in ${(delay / 1_000).toFixed(1)} s`);
    },
    warned: (message) => terminal.say(`the server says: ${printable(message)}`),
    ended(ending) {
      if (ending.kind !== 'closed') terminal.say(`hermes: ${endingSentence(ending, url)}`);
      finish(ending.kind === 'closed' ? 0 : 1);
    },
  };
}

function endingSentence(ending: Exclude<Ending, { kind: 'closed' }>, url: string): string {
  if (ending.kind === 'lost') return lossSentence(ending.loss, url);
  return `${ending.command} failed: ${ending.code}, ${printable(ending.reason)}`;
}

function lossSentence({ code, reason, wasReady }: Loss, url: string): string {
  const why = closeCodeMeaning(code)?.meaning ?? (printable(reason) || 'it ended without a word');
  const coded = code === 1006 ? why : `${why} (${code})`;
  return wasReady ? `connection lost: ${coded}` : `no connection to ${url}: ${coded}`;
}

/** @returns who the user is, undefined for nobody, or a sentence when something is missing */
function credentialsIn(
  options: ListenOptions,
  target: Target,
  folder: string,
): (() => Credentials) | undefined | string {
  const { origin, as: userId, role, tokenFromEnvironment } = options;
  // For a shell that has the variable for other commands, `hermes listen` stays what it is without it.
  const token = tokenFromEnvironment && (origin === undefined || userId !== undefined) ? undefined : options.token;
  if (userId !== undefined) {
    if (token !== undefined) return 'give either --token or --as, not both';
    if (!target.url.isLoopback && !target.isLocal) {
      return `--as is for the server on this machine, and ${target.url.host} is another: give --token and --origin`;
    }
    const user = localUser(folder, { userId, role });
    if (typeof user === 'string') return user;
    return () => ({ token: user.token(), origin: origin ?? user.origin, role });
  }
  if (token !== undefined && origin !== undefined) return () => ({ token, origin, role });
  if (token === undefined && origin === undefined && role === undefined) return undefined;
  return 'to authorize, give both --token (or HERMES_TOKEN) and --origin, or --as <user>';
}
