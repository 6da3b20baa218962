import { setTimeout as pause } from 'node:timers/promises';
import type { ServerEvent } from '@hermes/protocol';
import { backOff } from '../back-off.js';
import { jsonLine, printable } from '../printable.js';
import type { Terminal } from '../terminal.js';
import type { ChatClient } from './chat-client.js';
import { ChatConnection, type ChatListener } from './chat-connection.js';
import { ChatFailure } from './chat-failure.js';
import { chatLine } from './chat-line.js';
import type { ChatOptions, ChatTarget } from './chat-target.js';
import { withClient } from './with-client.js';

export interface ListenOptions extends ChatOptions {
  readonly all?: true;
  readonly read?: true;
  readonly count?: number;
  readonly reconnect: boolean;
}

/** What is shown without `--all`. */
const MESSAGES = ['message', 'changed'] as const;
const EVERYTHING = [...MESSAGES, 'membership', 'receipt', 'typing', 'presence'] as const;

/** Ends when the user has had enough, after `--count` lines, or when going on makes no sense. @returns the exit code */
export function listen(options: ListenOptions, terminal: Terminal): Promise<number> {
  return withClient(options, terminal, async (client, target) => {
    const interrupt = new AbortController();
    terminal.onInterrupt(() => interrupt.abort());
    const userId = await introduce(client, options, terminal, interrupt.signal);
    return userId === undefined ? 0 : follow(client, target, userId, options, terminal, interrupt.signal);
  });
}

/** Asks the server whose the token is, until it answers. @returns undefined when the user will not wait any longer */
async function introduce(
  client: ChatClient,
  options: ListenOptions,
  terminal: Terminal,
  interrupted: AbortSignal,
): Promise<string | undefined> {
  for (let attempt = 0; !interrupted.aborted; attempt++) {
    try {
      return (await client.call('echo', {})).userId;
    } catch (error) {
      if (!(error instanceof ChatFailure && error.code === 'UNAVAILABLE' && options.reconnect)) throw error;
      const delay = backOff(attempt);
      terminal.say(waitingSentence(error, false, delay));
      await pause(delay, undefined, { signal: interrupted }).catch(() => undefined);
    }
  }
  return undefined;
}

function follow(
  client: ChatClient,
  { renews, address }: ChatTarget,
  userId: string,
  options: ListenOptions,
  terminal: Terminal,
  interrupted: AbortSignal,
): Promise<number> {
  const { read = false, reconnect } = options;
  return new Promise((resolve, reject) => {
    const shown = printer(options, terminal, () => connection.close());
    const listener: ChatListener = {
      event: shown,
      ready: () => terminal.say(`listening as ${printable(userId)} at ${address}`),
      waiting: (failure, wasReady, delay) => terminal.say(waitingSentence(failure, wasReady, delay)),
      warned: ({ message }) => terminal.say(`the server says: ${message}`),
      ended: (failure) => (failure ? reject(failure) : resolve(0)),
    };
    const connection: ChatConnection = new ChatConnection(client, { userId, read, reconnect, renews }, listener);
    connection.open();
    if (interrupted.aborted) connection.close();
    else interrupted.addEventListener('abort', () => connection.close(), { once: true });
  });
}

function printer(options: ListenOptions, terminal: Terminal, enough: () => void): (event: ServerEvent) => void {
  let lines = 0;
  return (event) => {
    const name = (options.all ? EVERYTHING : MESSAGES).find((candidate) => event[candidate]);
    if (name === undefined || lines === options.count) return;
    const json = (): string => jsonLine(JSON.stringify({ [name]: event[name] }));
    terminal.print(options.json ? json() : chatLine(event, terminal.colours));
    if (++lines === options.count) enough();
  };
}

function waitingSentence({ message }: ChatFailure, wasReady: boolean, delay: number): string {
  return `${wasReady ? `connection lost: ${message}` : message}; trying again in ${(delay / 1_000).toFixed(1)} s`;
}
