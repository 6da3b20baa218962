import type { Room } from './room.js';

/** Who a session is, as an AuthProvider vouched for it. A claimed role is not an identity. */
export interface Identity {
  readonly userId: string;
  /** The verified role; undefined when the provider vouched for none. */
  readonly role: string | undefined;
}

/** Whom an event is addressed to. `role` undefined means no filter. */
export type Audience =
  | { readonly kind: 'broadcast'; readonly role: string | undefined }
  | { readonly kind: 'direct'; readonly userId: string; readonly role: string | undefined }
  /** Those who are in these rooms; a room that stands here twice brings two copies. */
  | { readonly kind: 'rooms'; readonly rooms: readonly Room[] }
  | { readonly kind: 'internal' };

/** Reads a role as people write it: absent, empty and `any` all mean no filter. */
export function roleFilter(role: string | undefined): string | undefined {
  return role === undefined || role === '' || role === 'any' ? undefined : role;
}

/** The role rule, used for events on their way out and for commands on their way in. */
export function passesRole(filter: string | undefined, role: string | undefined): boolean {
  return filter === undefined || filter === role;
}

/** Whether the event is addressed to somebody with this identity (undefined: anonymous). */
export function addresses(audience: Audience, identity: Identity | undefined): boolean {
  switch (audience.kind) {
    case 'internal':
    // Who is in a room is the room index's to say, and no identity tells.
    case 'rooms':
      return false;
    case 'broadcast':
      return passesRole(audience.role, identity?.role);
    case 'direct':
      return identity?.userId === audience.userId && passesRole(audience.role, identity.role);
  }
}
