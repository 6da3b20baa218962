import { setTimeout as pause } from 'node:timers/promises';
import { stampedPayload } from './event.mjs';

/** Publishes `count` events, `rate` a second, each stamped as it leaves; `next(i)` says what is published. */
export async function publishPaced(publisher, { rate, count, size, next }) {
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const early = began + (i * 1_000) / rate - performance.now();
    if (early > 0) await pause(early);
    publisher.publish({ event: 'tick', ...next(i), payload: stampedPayload(size) });
  }
}

/** Publishes `count` events as fast as the publisher takes them. */
export async function publishBurst(publisher, { count, size, next }) {
  for (let i = 0; i < count; i++) {
    const more = publisher.publish({ event: 'tick', ...next(i), payload: stampedPayload(size) });
    if (more === false) await publisher.drained();
  }
}
