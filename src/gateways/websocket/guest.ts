import type { CommandBudget, CommandLane, Session } from '../../sessions/index.js';
import type { DecodedFrame } from './dialect.js';

/** What a client sent: read at once, or as it came where its person has to wait for their turn. */
export type Frame = DecodedFrame | string;

/** One client of an endpoint. */
export interface Guest {
  readonly session: Session;
  readonly budget: CommandBudget;
  readonly lane: CommandLane<Frame>;
  /** Whether it has not left. */
  isHere: boolean;
}
