import type { ChannelPosition } from '@hermes/protocol';

/** Channels that are remembered; of the others the server knows what has been marked as delivered. */
const CHANNELS = 1_000;

/** Up to where this client has seen each channel; those with the latest news are remembered longest. */
export class SeenPositions {
  readonly #positions = new Map<string, number>();

  /** @returns false for what has been seen already; what has no position (0) is always new */
  take(channelId: string, position: number): boolean {
    if (position === 0) return true;
    if (position <= (this.#positions.get(channelId) ?? 0)) return false;
    this.#positions.delete(channelId);
    this.#positions.set(channelId, position);
    const [first] = this.#positions.keys();
    if (this.#positions.size > CHANNELS && first !== undefined) this.#positions.delete(first);
    return true;
  }

  forget(channelId: string): void {
    this.#positions.delete(channelId);
  }

  all(): ChannelPosition[] {
    return [...this.#positions].map(([channelId, position]) => ({ channelId, position }));
  }
}
