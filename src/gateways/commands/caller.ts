import type { Secret } from '@hermes/auth-provider';
import { addressGroup } from '../../addresses/index.js';
import type { Identity } from '../../delivery/index.js';
import type { Session } from '../../sessions/index.js';
import type { Watch } from './live-query.js';

/** The client of one session: where it came in, on whose behalf it speaks, and what it wants to be told. */
export class Caller {
  /** By subscription id. */
  readonly watches = new Map<string, Watch>();
  #identity: Identity | undefined;
  #token: Secret | undefined;

  constructor(
    readonly session: Session,
    readonly path: string,
  ) {}

  /** Whether the identity has ended behind our back, at the end of its time: nothing of the user's may be sent any more. */
  get expired(): boolean {
    return this.#identity !== this.session.identity;
  }

  get user(): { readonly id: string } | undefined {
    return this.expired || this.#identity === undefined ? undefined : { id: this.#identity.userId };
  }

  /** What back ends are shown; undefined for a guest. */
  get token(): Secret | undefined {
    return this.expired ? undefined : this.#token;
  }

  /** Whose share of a back end its questions take: a user's, wherever they connect, or that of a guest's address. */
  get payer(): string {
    const { user, session } = this;
    return user === undefined ? addressGroup(session.client.ip) : `user ${user.id}`;
  }

  /** Follows the session, which has just become this user's. */
  become(token: Secret | undefined): void {
    this.#identity = this.session.identity;
    this.#token = token;
  }
}
