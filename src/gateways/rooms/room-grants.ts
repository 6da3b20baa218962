import { RoomTable, roomOf, shapeOf, type Room } from '../../delivery/index.js';

/**
 * The rooms that one client may enter. The key sets must be equal; `*` in a grant permits any value of its key, `*` itself
 * included. A look-up costs one step for each wildcard mask among the grants with these keys, however many grants there are.
 */
export class RoomGrants {
  readonly #shapes = new Map<string, RoomTable<true>>();

  /** @param allowed as the back end gave them; what cannot be a room permits nothing */
  constructor(allowed: readonly object[]) {
    for (const grant of allowed) {
      const room = roomOf(grant);
      if (room !== undefined) this.#tableFor(room).add(room, true);
    }
  }

  permits(room: Room): boolean {
    return (this.#shapes.get(shapeOf(room))?.covering(room).length ?? 0) > 0;
  }

  #tableFor(room: Room): RoomTable<true> {
    const shape = shapeOf(room);
    let table = this.#shapes.get(shape);
    if (table === undefined) this.#shapes.set(shape, (table = new RoomTable<true>()));
    return table;
  }
}
