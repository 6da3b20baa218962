import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ApiKeyGate } from '../auth/index.js';
import { HttpDoor } from '../http/index.js';
import type { Reading } from './metrics.js';
import { MetricsService } from './metrics.service.js';

/** Watches the HTTP server, and who is turned away there. */
@Injectable()
export class HttpMetrics implements OnModuleInit {
  constructor(
    private readonly service: MetricsService,
    private readonly door: HttpDoor,
    private readonly gate: ApiKeyGate,
  ) {}

  onModuleInit(): void {
    const { metrics } = this.service;
    metrics.counter('api_refusals', 'requests of the API turned away, by what was wrong with the key', ['key'], () =>
      counted('key', this.gate.refusals),
    );
    metrics.counter('http_incidents', 'what went wrong with requests and connections of HTTP', ['incident'], () =>
      counted('incident', this.door.stats),
    );
  }
}

function counted(label: string, counts: Readonly<Record<string, number>>): Reading {
  return Object.entries(counts).map(([key, count]) => [{ [label]: key }, count] as const);
}
