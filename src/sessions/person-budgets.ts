import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { StrangerLog } from '../addresses/index.js';
import { CommandBudgetConfig } from './command-budget.config.js';
import { PersonBudget, type PersonLimits } from './person-budget.js';
import type { Session } from './session.js';

/** How many times what one client may ask for all clients of one person may: many can share an address. */
const CLIENTS = 100;
const CLIENTS_AT_ONCE = 20;
/** People who are remembered; the one who came first is forgotten first. */
const PEOPLE = 10_000;

/** The budgets of people: of the user of a session, or of the address of one that is anonymous. */
@Injectable()
export class PersonBudgets implements OnApplicationShutdown {
  /** Commands that had to wait for their turn. */
  delayed = 0;
  readonly #limits: PersonLimits;
  readonly #people = new Map<string, PersonBudget>();
  readonly #logger = new Logger(PersonBudgets.name);
  readonly #log = new StrangerLog((entry) => this.#logger.warn('person.slowed', entry));

  constructor({ rate, burst }: CommandBudgetConfig) {
    this.#limits = { rate: rate * CLIENTS, burst: burst * CLIENTS_AT_ONCE };
  }

  onApplicationShutdown(): void {
    for (const person of this.#people.values()) person.close();
  }

  /** @param person as `Session.person` has it @returns undefined when there is no limit */
  of(person: string): PersonBudget | undefined {
    if (this.#limits.rate === 0) return undefined;
    return this.#budgetOf(person);
  }

  /**
   * Charges a session's commands to its person.
   *
   * @returns undefined when it may run now, else a promise of its turn
   */
  turn(session: Session, commands: number): Promise<void> | undefined {
    const turn = this.of(session.person)?.turn(performance.now(), commands);
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

  #budgetOf(key: string): PersonBudget {
    let budget = this.#people.get(key);
    if (budget !== undefined) return budget;
    const now = performance.now();
    this.#people.set(key, (budget = new PersonBudget(this.#limits, now)));
    if (this.#people.size > PEOPLE) this.#forgetFirst(now);
    return budget;
  }

  #forgetFirst(now: number): void {
    let first: string | undefined;
    for (const [key, budget] of this.#people) {
      first ??= key;
      if (!budget.isFull(now)) continue;
      this.#people.delete(key);
      return;
    }
    if (first === undefined) return;
    this.#people.get(first)?.close();
    this.#people.delete(first);
  }
}
