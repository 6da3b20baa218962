import type { Delivery, EventIntake } from '../../delivery/index.js';

/** The answer to `status`, in the names that monitors of high-templar know. */
export interface RoomsStatus {
  readonly open_connections: number;
  readonly num_rooms: number;
  /** ISO, in local time, without a zone. */
  readonly online_since: string;
  readonly rabbitmq_messages_received: number;
  readonly ws_messages_received: number;
  readonly ws_messages_send: number;
  readonly ws_messages_send_error: number;
  readonly ws_messages_send_queued: number;
}

const MINUTE = 60_000;

/** What happened in the rooms of this node since it started. */
export class RoomsCounters {
  readonly #since = localTime(new Date());
  /** Messages of clients. */
  received = 0;

  constructor(
    private readonly delivery: Delivery,
    private readonly intake: EventIntake,
  ) {}

  status(connections: number): RoomsStatus {
    const { rooms, queue } = this.delivery;
    let fromRabbit = 0;
    for (const count of this.intake.fates.get('rabbitmq')?.values() ?? []) fromRabbit += count;
    return {
      open_connections: connections,
      num_rooms: rooms.rooms,
      online_since: this.#since,
      rabbitmq_messages_received: fromRabbit,
      ws_messages_received: this.received,
      ws_messages_send: rooms.stats.pushed,
      ws_messages_send_error: queue.stats.droppedOldest,
      ws_messages_send_queued: queue.blocked,
    };
  }
}

function localTime(time: Date): string {
  return new Date(time.getTime() - time.getTimezoneOffset() * MINUTE).toISOString().slice(0, -1);
}
