import { Injectable } from '@nestjs/common';
import type { ChatCounts } from './chat-counts.js';
import { ChatWriter } from './chat-writer.js';
import type { BatchListener } from './commit/index.js';
import { ChatBus, LocalChannels, PatientReader, Replayer, Sweep } from './live/index.js';
import { PresenceService } from './presence/index.js';

type Counts = Readonly<Record<string, number>>;

/** What chat counts, for metrics: by fixed words used as labels. */
@Injectable()
export class ChatStats {
  constructor(
    private readonly writer: ChatWriter,
    private readonly bus: ChatBus,
    private readonly channels: LocalChannels,
    private readonly replayer: Replayer,
    private readonly sweep: Sweep,
    private readonly reader: PatientReader,
    private readonly presence: PresenceService,
  ) {}

  /** What became of writes and of whatever was refused. */
  get requests(): Pick<ChatCounts, 'writes' | 'refusals'> {
    return this.writer.counts;
  }

  get commits(): Counts {
    return this.writer.stats;
  }

  /** Signals, by what became of them on the way and here. */
  get signals(): Counts {
    return { ...this.bus.stats, ...this.channels.stats };
  }

  /** What was read because a session or a node lacked it. */
  get reads(): Counts {
    const { arrivals, catchUp, discoveries } = this.channels;
    return {
      loads: arrivals.stats.readings,
      usersLoaded: arrivals.stats.users,
      rumours: discoveries.stats.asked,
      rumoursOutdated: discoveries.stats.outdated,
      rumoursOverflowed: discoveries.stats.overflowed,
      catchUps: catchUp.stats.channels,
      entriesCaughtUp: catchUp.stats.entries,
      pagesReplayed: this.replayer.stats.pages,
      entriesReplayed: this.replayer.stats.entries,
      ...this.reader.stats,
    };
  }

  get sweeps(): Counts {
    return this.sweep.stats;
  }

  get presences(): Counts {
    return this.presence.stats;
  }

  /** How much there is of it just now. */
  get sizes(): Counts {
    const { users, channels } = this.channels.size;
    return { waitingWrites: this.writer.waiting, users, channels, channelsBehind: this.channels.catchUp.size };
  }

  onBatch(listener: BatchListener): void {
    this.writer.onBatch(listener);
  }
}
