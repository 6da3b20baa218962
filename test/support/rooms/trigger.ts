import { API_KEY, type Node } from '../hermes/node.js';

/** Posts a trigger; a string goes out as it is. */
export function post(node: Node, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${node.url}/trigger/`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** @throws when the node does not push it */
export async function trigger(node: Node, rooms: readonly unknown[], data: unknown): Promise<void> {
  const response = await post(node, { rooms, data });
  if (response.status !== 200) throw new Error(`trigger: ${response.status} ${await response.text()}`);
}
