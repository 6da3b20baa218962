import { IsInt, Min } from 'class-validator';
import { Setting } from '../config/index.js';
import type { BudgetLimits } from './command-budget.js';

/** How much one client may ask for, over whatever transport it comes. */
export class CommandBudgetConfig implements BudgetLimits {
  @Setting('HERMES_COMMAND_RATE', 'commands a second that one client may send for long; 0 for no limit')
  @IsInt()
  @Min(0)
  readonly rate: number = 100;

  @Setting('HERMES_COMMAND_BURST', 'commands that one client may send at once')
  @IsInt()
  @Min(1)
  readonly burst: number = 2_000;
}
