import cluster from 'node:cluster';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { collectDefaultMetrics } from 'prom-client';
import { AuthService } from '../auth/index.js';
import { Delivery, EventBus, EventIntake } from '../delivery/index.js';
import { HermesWsAdapter } from '../gateways/websocket/index.js';
import { SessionService } from '../sessions/index.js';
import { SourceRegistry } from '../sources/index.js';
import { WorkersMetrics } from '../workers/index.js';
import { Metrics, type Labels, type Reading } from './metrics.js';
import { RejectionLog } from './rejection-log.js';
import { VERSION } from './version.js';

const BUILD = { version: VERSION, node: process.version };
const DELIVERY_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const AUTHORIZE_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];

/** Watches every part of Hermes and steers none. */
@Injectable()
export class MetricsService implements OnModuleInit {
  readonly #metrics = new Metrics();
  readonly #ofAllWorkers = cluster.isWorker ? new WorkersMetrics(this.#metrics.registry) : undefined;
  readonly #authorizations = new Map<string, { labels: Labels; count: number }>();

  constructor(
    private readonly delivery: Delivery,
    private readonly intake: EventIntake,
    private readonly sessions: SessionService,
    private readonly auth: AuthService,
    private readonly sources: SourceRegistry,
    private readonly adapter: HermesWsAdapter,
    private readonly bus: EventBus,
  ) {}

  /** Where other parts register theirs. */
  get metrics(): Metrics {
    return this.#metrics;
  }

  onModuleInit(): void {
    // The default samples the event loop 100 times a second, which is most of what an idle node would do.
    collectDefaultMetrics({ register: this.#metrics.registry, eventLoopMonitoringPrecision: 100 });
    this.#metrics.gauge('build_info', 'always 1', ['version', 'node'], () => [[BUILD, 1]], 'max');
    this.#watchSessions();
    this.#watchDelivery();
    this.#watchRetained();
    this.#watchSources();
    this.#watchAuth();
    this.#watchGateways();
  }

  /** This process's metrics; where workers share a port, those of all of them together. */
  expose(): Promise<string> {
    return this.#ofAllWorkers?.expose() ?? this.#metrics.registry.metrics();
  }

  #watchSessions(): void {
    this.#metrics.gauge('sessions', 'open sessions', ['gateway', 'state'], () => this.#sessionsByState());
    this.#metrics.gauge('users', 'users with a session', [], () => [[{}, this.delivery.users.size]]);
    this.#metrics.gauge('subscriptions', 'subscriptions of all sessions', [], () => [[{}, this.delivery.index.size]]);
    this.#metrics.gauge('topics', 'distinct subscriptions', [], () => [[{}, this.delivery.index.topics]]);
    this.#metrics.gauge('rooms', 'rooms that somebody is in', [], () => [[{}, this.delivery.rooms.rooms]]);
    this.#metrics.gauge('room_subscriptions', 'sessions in rooms', [], () => [[{}, this.delivery.rooms.size]]);
    this.#metrics.counter('sessions_closed', 'sessions that Hermes closed, by close code', ['code'], () =>
      labelled('code', this.sessions.closed),
    );
  }

  #watchDelivery(): void {
    const { stats, queue, pressure } = this.delivery;
    this.#metrics.counter('deliveries', 'events put into the outbox of a session', [], () => [[{}, stats.delivered]]);
    this.#metrics.counter('writes', 'writes to sockets', [], () => [[{}, queue.stats.writes]]);
    this.#metrics.counter('drops', 'deliveries that did not happen', ['reason'], () => [
      [{ reason: 'nobody' }, stats.unheard],
      [{ reason: 'outbox_full' }, queue.stats.droppedOldest],
      [{ reason: 'replay_truncated' }, stats.replayTruncated],
    ]);
    this.#metrics.gauge('pending_bytes', 'bytes that wait for slow readers', [], () => [[{}, pressure.bytes]]);
    this.#metrics.gauge('blocked_sessions', 'sessions that wait for their socket', [], () => [[{}, queue.blocked]]);
    const seconds = this.#metrics.histogram(
      'delivery',
      'from an event received to its last byte handed to a socket',
      [],
      DELIVERY_BUCKETS,
    );
    queue.onSettled((milliseconds) => seconds.observe(milliseconds / 1_000));
  }

  #watchRetained(): void {
    const { retained, stats } = this.delivery;
    this.#metrics.gauge('retained_events', 'events kept for later sessions', [], () => [[{}, retained.size]]);
    this.#metrics.gauge('retained_bytes', 'bytes of events kept for later sessions', [], () => [[{}, retained.bytes]]);
    this.#metrics.counter('retained_removed', 'kept events that went', ['reason'], () => [
      [{ reason: 'evicted' }, retained.stats.evicted],
      [{ reason: 'expired' }, retained.stats.expired],
    ]);
    this.#metrics.counter('replayed', 'kept events sent to later sessions', [], () => [[{}, stats.replayed]]);
  }

  #watchSources(): void {
    this.#metrics.counter('events', 'events by source and fate', ['source', 'fate'], () =>
      [...this.intake.fates].flatMap(([source, fates]) => [...labelled('fate', fates, { source })]),
    );
    this.#metrics.gauge(
      'source_connected',
      '1 while the source consumes, on all workers',
      ['source'],
      () => this.sources.sources.map(({ name, state }) => [{ source: name }, state.kind === 'consuming' ? 1 : 0]),
      'min',
    );
    this.#metrics.counter(
      'source_incidents',
      'what went wrong with a source, and came back',
      ['source', 'incident'],
      () =>
        this.sources.sources.flatMap(({ name, stats }) => [
          ...labelled('incident', new Map(Object.entries(stats)), { source: name }),
        ]),
    );
    this.#metrics.counter('bus', 'events published by way of the bus, and what happened to it', ['outcome'], () =>
      labelled('outcome', new Map(Object.entries(this.bus.stats))),
    );
    const log = new RejectionLog(this.delivery.clock);
    this.intake.onRejected((source, reason, detail) => log.rejected(source, reason, detail));
  }

  #watchAuth(): void {
    const seconds = this.#metrics.histogram('authorize', 'time to authorize a session', ['origin'], AUTHORIZE_BUCKETS);
    this.#metrics.counter('authorizations', 'authorize commands by origin and result code', ['origin', 'code'], () =>
      [...this.#authorizations.values()].map(({ labels, count }) => [labels, count] as const),
    );
    const keys = new Map<string, { labels: Labels; count: number }>();
    this.#metrics.counter('auth_keys', 'keys of issuers by what became of them', ['origin', 'outcome'], () =>
      [...keys.values()].map(({ labels, count }) => [labels, count] as const),
    );
    this.auth.listen({
      keysLookedUp: (origin, outcome) => tally(keys, { origin, outcome }),
      answered: (origin, code, duration) => {
        seconds.observe({ origin }, duration);
        tally(this.#authorizations, { origin, code: String(code) });
      },
    });
  }

  #watchGateways(): void {
    this.#metrics.counter('commands', 'commands by outcome', ['gateway', 'command', 'outcome'], () =>
      this.adapter.endpoints.flatMap(({ dialect, commands }) =>
        [...commands].flatMap(([command, outcomes]) => [
          ...labelled('outcome', outcomes, { gateway: dialect.name, command }),
        ]),
      ),
    );
    this.#metrics.counter('gateway_incidents', 'what a gateway counts beside commands', ['gateway', 'incident'], () =>
      this.adapter.endpoints.flatMap(({ dialect, stats }) => [
        ...labelled('incident', new Map(Object.entries(stats)), { gateway: dialect.name }),
      ]),
    );
    this.#metrics.counter('upgrades_refused', 'clients turned away, by HTTP status', ['status'], () =>
      labelled('status', this.adapter.refusedUpgrades),
    );
    this.#metrics.gauge('remembered_bytes', 'names that sessions make this node remember, in bytes', [], () => [
      [{}, this.delivery.remembered.bytes],
    ]);
    this.#metrics.counter(
      'commands_delayed',
      'commands that waited because their person had spent what they may',
      [],
      () => [[{}, this.sessions.people.delayed]],
    );
    this.#metrics.counter('address_refusals', 'connections of addresses that had too many', [], () => [
      [{}, this.adapter.crowdedConnections],
    ]);
  }

  #sessionsByState(): Reading {
    const counts = new Map<string, number>();
    for (const { dialect } of this.adapter.endpoints) {
      counts.set(`${dialect.name} anonymous`, 0).set(`${dialect.name} authorized`, 0);
    }
    for (const { protocol, identity } of this.sessions.sessions) {
      const key = `${protocol.name} ${identity ? 'authorized' : 'anonymous'}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...counts].map(([key, count]) => {
      const [gateway = '', state = ''] = key.split(' ');
      return [{ gateway, state }, count] as const;
    });
  }
}

function labelled(label: string, counts: ReadonlyMap<string | number, number>, more: Labels = {}): Reading {
  return [...counts].map(([key, count]) => [{ ...more, [label]: String(key) }, count] as const);
}

function tally(counts: Map<string, { labels: Labels; count: number }>, labels: Labels): void {
  const key = JSON.stringify(Object.values(labels));
  const entry = counts.get(key);
  if (entry) entry.count++;
  else counts.set(key, { labels, count: 1 });
}
