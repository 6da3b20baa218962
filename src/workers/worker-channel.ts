import cluster from 'node:cluster';
import type { AddressInfo } from 'node:net';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { HermesEvent } from '../delivery/index.js';

/** What one worker counts. */
export type Report = readonly MetricObjectWithValues<MetricValue<string>>[];

/** What a worker asks of the primary process, or tells it. */
export type WorkerRequest =
  /** Everything it listens on is open; `address` is that of HTTP. */
  | { readonly hermes: 'started'; readonly address: AddressInfo }
  | { readonly hermes: 'publish'; readonly events: readonly HermesEvent[] }
  | { readonly hermes: 'report'; readonly id: number; readonly report: Report }
  | { readonly hermes: 'metrics'; readonly id: number };

/** What the primary process tells its workers. */
export type PrimaryMessage =
  | { readonly hermes: 'events'; readonly events: readonly HermesEvent[] }
  | { readonly hermes: 'report'; readonly id: number }
  /** Those of all workers together, or why there are none. */
  | { readonly hermes: 'metrics'; readonly id: number; readonly text: string }
  | { readonly hermes: 'metrics'; readonly id: number; readonly trouble: string };

/** The processes of one machine share this channel with libraries that use it too. */
export function isOurs<T extends { hermes: string }>(message: unknown): message is T {
  return typeof message === 'object' && message !== null && 'hermes' in message;
}

/** Resolves when the message has left this process. @throws when the primary process is gone */
export function tellPrimary(request: WorkerRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!cluster.worker?.isConnected()) {
      reject(new Error('the primary process is gone'));
      return;
    }
    cluster.worker.send(request, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

/** Calls back for each message of the primary process; returns what ends that. */
export function onPrimary(listener: (message: PrimaryMessage) => void): () => void {
  const filtered = (message: unknown): void => {
    if (isOurs<PrimaryMessage>(message)) listener(message);
  };
  process.on('message', filtered);
  return () => void process.off('message', filtered);
}
