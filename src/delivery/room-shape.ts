import { blurred, maskOf, type Room } from './room.js';
import type { OccupiedRoom } from './room-subscription.js';
import { RoomTable } from './room-table.js';

/** Views kept of one key set; four keys have no more than this many masks. */
const MAX_VIEWS = 16;

/**
 * The occupied rooms of one key set under wildcard routing, where the wildcard of either side matches any value.
 *
 * A trigger with wildcards of its own must not look at every room. For each mask that triggers come with there is a view
 * of the rooms as they look through that mask; the first trigger with a mask makes its view, from then on it is kept up.
 */
export class RoomShape {
  readonly #rooms = new Set<OccupiedRoom>();
  readonly #views = new Map<string, RoomTable<OccupiedRoom>>();

  get empty(): boolean {
    return this.#rooms.size === 0;
  }

  add(occupied: OccupiedRoom): void {
    this.#rooms.add(occupied);
    for (const [mask, view] of this.#views) view.add(blurred(occupied.room, mask), occupied);
  }

  delete(occupied: OccupiedRoom): void {
    this.#rooms.delete(occupied);
    for (const [mask, view] of this.#views) view.delete(blurred(occupied.room, mask), occupied);
  }

  reachedBy(trigger: Room): OccupiedRoom[] {
    return this.#view(maskOf(trigger)).covering(trigger);
  }

  #view(mask: string): RoomTable<OccupiedRoom> {
    const known = this.#views.get(mask);
    if (known !== undefined) return known;
    const view = new RoomTable<OccupiedRoom>();
    for (const occupied of this.#rooms) view.add(blurred(occupied.room, mask), occupied);
    if (this.#views.size === MAX_VIEWS) this.#views.delete([...this.#views.keys()][0] ?? '');
    this.#views.set(mask, view);
    return view;
  }
}
