import { passesRole, type Identity } from '../../delivery/index.js';

/** Who may publish to topics. */
export type PublishPolicy =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'anybody' }
  | { readonly kind: 'authorized' }
  | { readonly kind: 'role'; readonly role: string };

/** As it is written in the settings. The role `any` means no filter, which is what `authorized` says. */
export const PUBLISHERS = /^(nobody|authorized|anybody|role:(?!any$)\S.{0,255})$/;

const ROLE = 'role:';

/** @param text one that {@link PUBLISHERS} matches */
export function publishPolicy(text: string): PublishPolicy {
  if (text.startsWith(ROLE)) return { kind: 'role', role: text.slice(ROLE.length) };
  return { kind: text === 'authorized' || text === 'anybody' ? text : 'nobody' };
}

/** @param identity undefined while the session is anonymous */
export function mayPublish(policy: PublishPolicy, identity: Identity | undefined): boolean {
  switch (policy.kind) {
    case 'nobody':
      return false;
    case 'anybody':
      return true;
    case 'authorized':
      return identity !== undefined;
    case 'role':
      return passesRole(policy.role, identity?.role);
  }
}
