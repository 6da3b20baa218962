import { HttpService } from '@nestjs/axios';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Answer as Reply } from '../../back-ends/index.js';
import { parseJson } from '../../delivery/index.js';
import type { Caller } from './caller.js';
import type { BackEndCall } from './back-end-call.js';
import { BackEnd } from './back-end.js';
import { CommandsConfig } from './commands.config.js';

/** What a back end made of a command: JSON text to pass on, or a status as HTTP has it and why, in its own JSON if it gave any. */
export type Answer =
  | { readonly kind: 'ok'; readonly payload: string }
  | { readonly kind: 'failed'; readonly code: number; readonly message: string; readonly body?: string | undefined };

type Asker = Pick<Caller, 'token'> & Partial<Pick<Caller, 'payer'>>;

/** Asks the back ends, each host behind a circuit breaker of its own, so that one that is down harms no other. */
@Injectable()
export class BackEnds implements OnApplicationShutdown {
  /** One for each host in the commands file. */
  readonly #byOrigin = new Map<string, BackEnd>();

  constructor(config: CommandsConfig, http: HttpService) {
    for (const { url } of config.file.commands.values()) {
      if (!this.#byOrigin.has(url.origin)) this.#byOrigin.set(url.origin, new BackEnd(url.origin, config, http));
    }
  }

  onApplicationShutdown(): void {
    for (const backEnd of this.#byOrigin.values()) backEnd.close();
  }

  /** Whoever is no client, such as a reload, has the share of one. */
  async ask(call: BackEndCall, { token, payer = 'hermes' }: Asker): Promise<Answer> {
    const backEnd = this.#byOrigin.get(call.origin);
    if (backEnd === undefined) throw new Error(`no back end at ${call.origin}`);
    return answerOf(call, await backEnd.ask(call, token, payer));
  }
}

function answerOf(call: BackEndCall, reply: Reply): Answer {
  switch (reply.kind) {
    case 'answered':
      return reply.status >= 200 && reply.status < 300 ? read(call, reply.body) : refused(reply);
    case 'oversized':
      return failed(502, 'the back end answered more than HERMES_COMMANDS_MAX_ANSWER allows');
    case 'lost':
      return failed(503, 'the back end did not answer in time');
    case 'unasked':
      return failed(503, 'the back end is not available just now');
  }
}

function read({ definition, scope }: BackEndCall, body: string | undefined): Answer {
  if (body === undefined) return failed(502, 'the back end answered something other than UTF-8');
  const text = body.trim() === '' ? 'null' : body;
  const answer = parseJson(text);
  if (answer === undefined) return failed(502, 'the back end answered something other than JSON');
  if (definition.payload === undefined) return { kind: 'ok', payload: text };
  return { kind: 'ok', payload: JSON.stringify(definition.payload({ ...scope, answer }) ?? null) };
}

function refused({ status, body }: Reply & { kind: 'answered' }): Answer {
  const code = status >= 400 && status < 500 ? status : 502;
  const message = SENTENCES.get(status) ?? `the back end answered ${status}`;
  return { ...failed(code, message), body: body === undefined || parseJson(body) === undefined ? undefined : body };
}

const SENTENCES: ReadonlyMap<number, string> = new Map([
  [401, 'the back end asks for a valid token'],
  [403, 'the back end does not allow this'],
]);

function failed(code: number, message: string): Answer & { kind: 'failed' } {
  return { kind: 'failed', code, message };
}
