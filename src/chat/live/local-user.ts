import type { Permissions } from '@hermes/protocol';
import type { LocalChannel } from './local-channel.js';

/** A user with a session on this node, and his channels once they are known. */
export class LocalUser {
  readonly channels = new Set<LocalChannel>();
  /**
   * The latest that the log has said of him in channels where this node does not have him as a member: what is read of
   * him may be older. Permissions undefined: he is none.
   */
  readonly changes = new Map<string, { readonly position: number; readonly permissions: Permissions | undefined }>();
  /** Whether his memberships have been read. */
  known = false;
  /** Whether his last session here has ended. */
  gone = false;

  constructor(readonly id: string) {}
}
