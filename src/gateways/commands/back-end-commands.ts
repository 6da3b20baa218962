import { Injectable } from '@nestjs/common';
import { Refusal } from '../websocket/index.js';
import { callOf, type BackEndCall } from './back-end-call.js';
import { BackEnds } from './back-ends.js';
import type { Caller } from './caller.js';
import { CommandsConfig } from './commands.config.js';
import { readOptions, type CommandDefinition, type Scope } from './definition/index.js';
import { LiveQueries } from './live-queries.js';
import { done, type Outcome } from './outcome.js';
import { refusalOf } from './passed-on-refusal.js';
import { Reloads } from './reloads.js';

/** The options of a live query are kept as long as somebody watches it; these many characters of them. */
const MAX_LIVE_OPTIONS = 8 * 1024;

/** Carries out the commands of the commands file. */
@Injectable()
export class BackEndCommands {
  constructor(
    private readonly config: CommandsConfig,
    private readonly backEnds: BackEnds,
    private readonly live: LiveQueries,
    private readonly reloads: Reloads,
  ) {}

  /** @throws {Refusal} for everything that does not come to an answer of the back end */
  async run(caller: Caller, name: string, options: object): Promise<Outcome> {
    const definition = this.config.file.commands.get(name);
    if (definition === undefined || definition.paths?.includes(caller.path) === false) {
      throw new Refusal(400, `Unsupported command: ${name}`);
    }
    const { user } = caller;
    if (definition.needsUser && user === undefined) throw new Refusal(401, 'this command is for users, not for guests');
    const read = readOptions(definition.options, options);
    if (!read.ok) throw new Refusal(400, read.faults.join('; '));
    const scope: Scope = { options: read.options, user, answer: undefined };
    const call = callOf(definition, scope);
    if (typeof call === 'string') throw new Refusal(400, call);
    if (definition.live === undefined) return done(name, await this.#ask(call, caller));
    return this.#watch(definition.live, call, caller);
  }

  async #watch(
    { resource, where }: NonNullable<CommandDefinition['live']>,
    call: BackEndCall,
    caller: Caller,
  ): Promise<Outcome> {
    if (JSON.stringify(call.scope.options).length > MAX_LIVE_OPTIONS) {
      throw new Refusal(400, 'options are too long for a command that subscribes');
    }
    const query = this.live.of(resource, where(call.scope));
    if (!this.live.admits(caller, query)) {
      throw new Refusal(429, 'too many subscriptions in this session: unsubscribe from some first');
    }
    const { answer, outdated } = await this.live.first(query, () => this.#ask(call, caller));
    const unchanged = caller.session.open && caller.user?.id === call.scope.user?.id;
    if (unchanged) this.live.watch(caller, query, call);
    if (unchanged && outdated) this.reloads.request(query.id);
    return done(query.id, answer);
  }

  async #ask(call: BackEndCall, caller: Caller): Promise<string> {
    const answer = await this.backEnds.ask(call, caller);
    if (answer.kind === 'ok') return answer.payload;
    throw refusalOf(answer.code, call.definition.name, answer.body, answer.message);
  }
}
