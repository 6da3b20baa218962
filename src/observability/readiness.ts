import { Injectable, Optional } from '@nestjs/common';
import { ChatStore } from '../chat/index.js';
import { EventBus } from '../delivery/index.js';
import { SourceRegistry, type SourceState } from '../sources/index.js';

/** What `/health/ready` answers with. */
export interface ReadinessReport {
  readonly status: 'ready' | 'not ready';
  /** Why not: one sentence each, none when ready. */
  readonly reasons: readonly string[];
  readonly sources: Readonly<Record<string, SourceState['kind']>>;
}

/** Whether a load balancer should send clients to this node. */
@Injectable()
export class Readiness {
  #draining = false;

  constructor(
    private readonly registry: SourceRegistry,
    private readonly bus: EventBus,
    @Optional() private readonly chat?: ChatStore,
  ) {}

  /** From here on not ready: the node is about to stop. */
  drain(): void {
    this.#draining = true;
  }

  report(): ReadinessReport {
    const { sources } = this.registry;
    const reasons = sources.flatMap(({ name, state }) => {
      if (state.kind === 'consuming') return [];
      return [`${name}: ${state.kind === 'waiting' ? state.reason : 'stopped'}`];
    });
    if (this.bus.isolated) reasons.push(`bus: ${this.bus.trouble}`);
    if (this.chat?.trouble !== undefined) reasons.push(`chat: ${this.chat.trouble}`);
    if (this.#draining) reasons.unshift('Hermes is stopping');
    return {
      status: reasons.length === 0 ? 'ready' : 'not ready',
      reasons,
      sources: Object.fromEntries(sources.map(({ name, state }) => [name, state.kind])),
    };
  }
}
