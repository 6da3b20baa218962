import type { ChannelType, Permissions } from '@hermes/protocol';

export const EVERYTHING: Permissions = { read: true, write: true, manage: true };
const READ_AND_WRITE: Permissions = { read: true, write: true, manage: false };
const READ: Permissions = { read: true, write: false, manage: false };

/** What a member may do when nobody says otherwise. */
export function initialPermissions(type: ChannelType, isCreator: boolean): Permissions {
  switch (type) {
    case 'PRIVATE':
      return READ_AND_WRITE;
    case 'GROUP':
      return isCreator ? EVERYTHING : READ_AND_WRITE;
    case 'BROADCAST':
      return isCreator ? EVERYTHING : READ;
  }
}
