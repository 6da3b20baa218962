import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { StrangerLog, addressGroup } from '../addresses/index.js';
import { CommandBudgetConfig } from './command-budget.config.js';
import { PersonBudget, type PersonLimits } from './person-budget.js';
import type { Session } from './session.js';

/** How many times what one client may ask for all clients of one person may: many can share an address. */
const CLIENTS = 100;
const CLIENTS_AT_ONCE = 20;
/**
 * People who are remembered of each kind. Above the first number those are forgotten who have all that they may spend; above
 * the second the one who came first.
 */
const MANY = 1_000;
const MOST = 10_000;
/** How many are looked at to find one to forget. */
const GLANCES = 8;

/** The budgets of people: of the user of a session, or of the address of one that is anonymous. */
@Injectable()
export class PersonBudgets implements OnApplicationShutdown {
  /** Commands that had to wait for their turn. */
  delayed = 0;
  readonly #limits: PersonLimits;
  readonly #users = new Map<string, PersonBudget>();
  readonly #addresses = new Map<string, PersonBudget>();
  readonly #logger = new Logger(PersonBudgets.name);
  readonly #log = new StrangerLog((entry) => this.#logger.warn('person.slowed', entry));

  constructor({ rate, burst }: CommandBudgetConfig) {
    this.#limits = { rate: rate * CLIENTS, burst: burst * CLIENTS_AT_ONCE };
  }

  onApplicationShutdown(): void {
    for (const people of [this.#users, this.#addresses]) for (const person of people.values()) person.close();
  }

  /**
   * Who answers for what a session asks for: its user, or everybody at its address while it is anonymous.
   *
   * @returns undefined when there is no limit
   */
  of({ identity, client }: Session): PersonBudget | undefined {
    if (this.#limits.rate === 0) return undefined;
    return identity === undefined
      ? this.#budgetOf(this.#addresses, addressGroup(client.ip))
      : this.#budgetOf(this.#users, identity.userId);
  }

  /**
   * Charges a session's commands to its person.
   *
   * @returns undefined when it may run now, else a promise of its turn
   */
  turn(session: Session, commands: number): Promise<void> | undefined {
    const turn = this.of(session)?.turn(performance.now(), commands);
    if (turn === undefined) return undefined;
    this.delayed++;
    const { client, identity } = session;
    const mend = 'where this address is a proxy, name it in HERMES_TRUSTED_PROXIES';
    this.#log.add(
      identity === undefined
        ? { address: client.ip, session: session.id, mend }
        : { userId: identity.userId, session: session.id },
    );
    return turn;
  }

  #budgetOf(people: Map<string, PersonBudget>, key: string): PersonBudget {
    let budget = people.get(key);
    if (budget !== undefined) return budget;
    const now = performance.now();
    if (people.size >= MANY) forgetOne(people, now);
    people.set(key, (budget = new PersonBudget(this.#limits, now)));
    return budget;
  }
}

/** One of those who came first and would lose nothing by it; the very first where there are too many. */
function forgetOne(people: Map<string, PersonBudget>, now: number): void {
  let glances = 0;
  for (const [key, budget] of people) {
    if (budget.isFull(now)) return void people.delete(key);
    if (++glances === GLANCES) break;
  }
  if (people.size < MOST) return;
  for (const [key, budget] of people) {
    budget.close();
    return void people.delete(key);
  }
}
