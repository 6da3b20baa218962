import { Injectable, Logger } from '@nestjs/common';
import { ChatRefusal } from '../model/index.js';
import { GrpcRefusal } from './grpc-status.js';

export type CallOutcome = 'ok' | 'refused' | 'limited' | 'failed' | 'over';

/** What became of the calls and of the events of clients, and what went wrong beside them. */
@Injectable()
export class GrpcStats {
  /** By unary call (`GetChannel`) or client event (`newMessage`) and outcome; names come from the contract, never from a client. */
  readonly calls = new Map<string, Map<CallOutcome, number>>();
  /** By fixed words used as metric labels. */
  readonly stats = {
    streams: 0,
    streamsRefused: 0,
    connectionsRefused: 0,
    connectionsOfNobody: 0,
    certificatesLoaded: 0,
    certificatesRefused: 0,
  };
  readonly #logger = new Logger('ChatGrpc');

  count(name: string, outcome: CallOutcome): void {
    let outcomes = this.calls.get(name);
    if (outcomes === undefined) this.calls.set(name, (outcomes = new Map<CallOutcome, number>()));
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }

  /** Counts what did not work out, and logs it when the fault is ours. */
  countFailure(name: string, error: unknown): void {
    if (error instanceof ChatRefusal || error instanceof GrpcRefusal) {
      return this.count(name, error.code === 'RESOURCE_EXHAUSTED' ? 'limited' : 'refused');
    }
    this.count(name, 'failed');
    this.#logger.error('chat.grpc.failed', {
      call: name,
      reason: error instanceof Error ? error.stack : String(error),
    });
  }
}
