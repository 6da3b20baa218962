import type { Publication } from './node.js';

/** @throws when the node does not accept them */
export async function publish(url: string, key: string, events: readonly Publication[]): Promise<void> {
  const body = events.map((event) => ({
    channel: 'prices',
    event: 'tick',
    visibility: event.userId === undefined ? 'broadcast' : 'direct',
    data: {},
    ...event,
  }));
  const response = await post(url, key, JSON.stringify(body));
  if (response.status !== 202) throw new Error(`publish: ${response.status} ${await response.text()}`);
}

export function post(url: string, key: string, body: string | Uint8Array<ArrayBuffer>): Promise<Response> {
  return fetch(`${url}/api/events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body,
  });
}

/** The value of one line of a `/metrics` page; the labels in braces are part of its name. */
export function metricOf(page: string, name: string): number | undefined {
  const line = page.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}
