import { addressGroup } from './address-text.js';

/** Connections beyond the bound that may wait for the answer that says so; further ones are ended without a word. */
const TOLD = 64;

/** A connection of an address: one of those it may have, one more that is told so, or one too many for that. */
export type Place = 'in' | 'crowded' | 'none';

/**
 * How many connections each address has, over all transports.
 *
 * **Called** `enter` once for a connection, and `leave` once it has ended, unless `enter` returned `none`.
 */
export class AddressConnections {
  readonly #counts = new Map<string, number>();

  /** @param bound connections of one address; 0 for no bound */
  constructor(readonly bound: number) {}

  /** How many addresses have a connection. */
  get size(): number {
    return this.#counts.size;
  }

  /** @param address canonical, as `readAddress` returns it */
  enter(address: string): Place {
    if (this.bound === 0) return 'in';
    const group = addressGroup(address);
    const count = this.#counts.get(group) ?? 0;
    if (count >= this.bound + TOLD) return 'none';
    this.#counts.set(group, count + 1);
    return count < this.bound ? 'in' : 'crowded';
  }

  leave(address: string): void {
    if (this.bound === 0) return;
    const group = addressGroup(address);
    const count = this.#counts.get(group) ?? 0;
    if (count > 1) this.#counts.set(group, count - 1);
    else this.#counts.delete(group);
  }
}
