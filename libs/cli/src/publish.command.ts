import { InvalidArgumentError, Option, type Command } from 'commander';
import type { PublishAccepted, PublishRefused, PublishRequest } from '@hermes/protocol';
import { httpAnswer, type HttpAnswer } from './http-answer.js';
import { printable } from './printable.js';
import { targetOf, type GivenTarget } from './target.js';
import type { Terminal } from './terminal.js';

interface PublishOptions extends GivenTarget {
  readonly user?: string;
  readonly role?: string;
  readonly ttl?: number;
  readonly cacheKey?: string;
}

/** @param finish gets the exit code */
export function addPublishCommand(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  program
    .command('publish')
    .description('publish one event')
    .argument('<channel>', 'channel')
    .argument('<event>', 'event name')
    .argument('[data]', 'payload: JSON, or - to read it from standard input', '-')
    .option('--url <address>', 'server, as http://127.0.0.1:8080')
    .addOption(
      new Option('--key <key>', "the server's API key, which lists of processes then show").env('HERMES_API_KEY'),
    )
    .option('--key-file <path>', 'a file that holds the API key')
    .option('--user <id>', 'for this user alone; without it for everybody')
    .option('--role <role>', 'only for sessions with this verified role')
    .option('--ttl <seconds>', 'keep it for those who come later; -1: without end', toSeconds)
    .option('--cache-key <key>', 'replace the kept event with this key')
    .action(async (channel: string, event: string, data: string, options: PublishOptions, command: Command) => {
      const fromEnvironment = command.getOptionValueSource('key') === 'env';
      const keys = fromEnvironment ? { key: undefined, environmentKey: options.key } : undefined;
      finish(await publish({ channel, event }, data, { ...options, ...keys }, terminal));
    });
}

async function publish(
  name: Pick<PublishRequest, 'channel' | 'event'>,
  data: string,
  options: PublishOptions,
  terminal: Terminal,
): Promise<number> {
  const target = targetOf(terminal.folder, options);
  if (typeof target === 'string') return failed(terminal, [target]);
  const text = data === '-' ? await terminal.read() : data;
  const fault = faultInJson(text);
  if (fault) return failed(terminal, [fault]);
  const answer = await httpAnswer(target.url.publish, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(target.key === undefined ? undefined : { authorization: `Bearer ${target.key}` }),
    },
    body: bodyOf({ ...name, ...audienceIn(options), cacheTtl: options.ttl, cacheKey: options.cacheKey }, text),
  });
  if (typeof answer === 'string') return failed(terminal, [answer]);
  if (answer.status !== 202) return failed(terminal, refusalIn(answer));
  terminal.print(`accepted ${(answer.body as PublishAccepted | undefined)?.accepted ?? 1}`);
  return 0;
}

function audienceIn({ user, role }: PublishOptions): Pick<PublishRequest, 'visibility' | 'userId' | 'role'> {
  return { visibility: user === undefined ? 'broadcast' : 'direct', userId: user, role };
}

/** The payload goes out as it was typed: parsing and writing it again would change numbers. */
function bodyOf(head: object, data: string): string {
  return `${JSON.stringify(head).slice(0, -1)},"data":${data}}`;
}

function faultInJson(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    if (text.trim() === '') return 'there is no data: give JSON as the third argument or on standard input';
    const example = /^[\s{["]/.test(text) ? '{"text":"hello"}' : JSON.stringify(text.trim());
    const sentence = `the data is not JSON: ${printable((error as Error).message)}`;
    return `${sentence}\nput JSON in single quotes, and strings inside it in double quotes: '${example}'`;
  }
}

function refusalIn({ status, body }: HttpAnswer): readonly string[] {
  if (status === 401)
    return ['the API key is missing or not accepted: give that of the server in HERMES_API_KEY or with --key-file'];
  const message = (body as PublishRefused | undefined)?.message;
  const faults = (Array.isArray(message) ? message : [message]).filter((fault) => typeof fault === 'string');
  if (faults.length > 0) return faults.map(printable);
  return [`the server answered with status ${status}, which is not what Hermes does: is the address right?`];
}

function failed(terminal: Terminal, sentences: readonly string[]): 1 {
  for (const sentence of sentences) terminal.say(`hermes: ${sentence}`);
  return 1;
}

function toSeconds(text: string): number {
  if (!/^(-1|\d{1,15})$/.test(text)) throw new InvalidArgumentError('It is a whole number of seconds, or -1.');
  return Number(text);
}
