import { Injectable, Logger } from '@nestjs/common';
import { Delivery, type PressureListener } from '../delivery/index.js';
import type { EventSource } from './event-source.js';

/** Every source of this node: started together, stopped together, paused together while slow readers hold too much. */
@Injectable()
export class SourceRegistry implements PressureListener {
  readonly #logger = new Logger(SourceRegistry.name);
  readonly #sources: EventSource[] = [];

  constructor(private readonly delivery: Delivery) {
    delivery.pressure.listen(this);
  }

  get sources(): readonly EventSource[] {
    return this.#sources;
  }

  register(source: EventSource): void {
    this.#sources.push(source);
  }

  start(): void {
    for (const source of this.#sources) source.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.stop()));
  }

  pressureRose(): void {
    this.#logger.warn('sources.paused', { pendingBytes: this.delivery.pressure.bytes });
    for (const source of this.#sources) source.pause();
  }

  pressureFell(): void {
    for (const source of this.#sources) source.resume();
    this.#logger.log('sources.resumed', { pendingBytes: this.delivery.pressure.bytes });
  }
}
