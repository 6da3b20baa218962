import { Injectable } from '@nestjs/common';
import { CommandBudget, CommandBudgetConfig } from '../../sessions/index.js';
import { ChatRefusal } from '../model/index.js';

/** Users who are remembered; the one who came first is forgotten first, and with it at most what he owes. */
const USERS = 10_000;

/** How many unary calls a user may make: what a connection may carry says little, because proxies share theirs. */
@Injectable()
export class CallBudgets {
  readonly #budgets = new Map<string, CommandBudget>();

  constructor(private readonly limits: CommandBudgetConfig) {}

  /** @throws {ChatRefusal} when he has to wait */
  spend(userId: string): void {
    if (this.#budgetOf(userId).spend(performance.now()) === 'run') return;
    throw new ChatRefusal('RESOURCE_EXHAUSTED', `more than ${this.limits.rate} calls a second: slow down`);
  }

  #budgetOf(userId: string): CommandBudget {
    let budget = this.#budgets.get(userId);
    if (budget !== undefined) return budget;
    this.#budgets.set(userId, (budget = new CommandBudget(this.limits, performance.now())));
    const [first] = this.#budgets.keys();
    if (this.#budgets.size > USERS && first !== undefined) this.#budgets.delete(first);
    return budget;
  }
}
