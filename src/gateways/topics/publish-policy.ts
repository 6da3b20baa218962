import { CHAT_CHANNEL, STATUS_CHANNEL, isNodesChannel } from '@hermes/protocol';
import { isWellFormedName, passesRole, type Identity } from '../../delivery/index.js';

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

/** Characters that nobody sees, and blanks. */
const UNSEEN = /[\p{C}\p{Z}]/gu;

/**
 * Whether clients may publish on a channel, whoever they are: it begins with a prefix of the operator's, and a reader
 * would not take it for one on which Hermes speaks.
 *
 * @param prefixes none: any channel
 * @param isOurs whether Hermes speaks on a channel because of a feature that is on
 */
export function isForClients(channel: string, prefixes: readonly string[], isOurs: (name: string) => boolean): boolean {
  if (prefixes.length > 0 && !prefixes.some((prefix) => channel.startsWith(prefix))) return false;
  const plain = channel.normalize('NFKC').replaceAll(UNSEEN, '');
  const names = [channel, plain, plain.toLowerCase()];
  return (
    isWellFormedName(channel) && !names.some((name) => name === STATUS_CHANNEL || isNodesChannel(name) || isOurs(name))
  );
}

/** @param chat whether chat is on */
export function ourChannels(chat: boolean, listens: (channel: string) => boolean): (name: string) => boolean {
  return (name) => (chat && name === CHAT_CHANNEL) || listens(name);
}
