import { Injectable, Optional, type OnModuleInit } from '@nestjs/common';
import { GrpcStats } from '../chat/grpc/index.js';
import { ChatStats } from '../chat/index.js';
import type { Metrics, Reading } from './metrics.js';
import { MetricsService } from './metrics.service.js';

const COMMIT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Watches chat, where there is chat. */
@Injectable()
export class ChatMetrics implements OnModuleInit {
  constructor(
    private readonly service: MetricsService,
    @Optional() private readonly chat?: ChatStats,
    @Optional() private readonly grpc?: GrpcStats,
  ) {}

  onModuleInit(): void {
    if (this.chat !== undefined) watch(this.chat, this.service.metrics);
    if (this.grpc !== undefined) watchGrpc(this.grpc, this.service.metrics);
  }
}

function watch(chat: ChatStats, metrics: Metrics): void {
  metrics.counter('chat_writes', 'what users wanted written, by kind and outcome', ['kind', 'outcome'], () =>
    [...chat.requests.writes].map(({ kind, outcome, count }) => [{ kind, outcome }, count] as const),
  );
  metrics.counter('chat_refusals', 'what users were refused, by code', ['code'], () =>
    [...chat.requests.refusals].map(([code, count]) => [{ code }, count] as const),
  );
  metrics.counter('chat_commits', 'transactions of chat, and writes that did not get into one', ['fate'], () =>
    counted('fate', chat.commits),
  );
  metrics.counter('chat_signals', 'what nodes tell each other of chat, by fate', ['fate'], () =>
    counted('fate', chat.signals),
  );
  metrics.counter('chat_reads', 'what was read from the log because it was lacking here', ['what'], () =>
    counted('what', chat.reads),
  );
  metrics.counter('chat_sweeps', 'looks into the store for what the bus lost', ['what'], () =>
    counted('what', chat.sweeps),
  );
  metrics.counter('chat_presence', 'comings, goings and what happened to them', ['what'], () =>
    counted('what', chat.presences),
  );
  metrics.gauge('chat_size', 'users and channels on this node, and what waits', ['what'], () =>
    counted('what', chat.sizes),
  );
  const seconds = metrics.histogram('chat_commit', 'time of a transaction of chat', [], COMMIT_BUCKETS);
  chat.onBatch((_writes, milliseconds) => seconds.observe(milliseconds / 1_000));
}

function watchGrpc(grpc: GrpcStats, metrics: Metrics): void {
  metrics.counter('grpc_calls', 'calls and client events, by outcome', ['call', 'outcome'], () =>
    [...grpc.calls].flatMap(([call, outcomes]) =>
      [...outcomes].map(([outcome, count]) => [{ call, outcome }, count] as const),
    ),
  );
  metrics.counter('grpc', 'what the gRPC gateway counts beside calls', ['what'], () => counted('what', grpc.stats));
}

function counted(label: string, counts: Readonly<Record<string, number>>): Reading {
  return Object.entries(counts).map(([key, count]) => [{ [label]: key }, count] as const);
}
