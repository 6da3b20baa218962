import type { Attachment, ChannelType, MembershipChange, Strategy } from '@hermes/protocol';
import type { ColumnType, Generated } from 'kysely';

/** What happens by the clock of the database; read as milliseconds, never as it is. */
type Moment = ColumnType<never, never, never>;

interface ChannelTable {
  readonly id: string;
  readonly type: ChannelType;
  readonly name: string;
  readonly strategy: Strategy;
  readonly ttl: number;
  readonly creator: string;
  /** Of a private channel: what stands for its two users. */
  readonly pair: string | null;
  readonly created_at: number;
  readonly position: Generated<number>;
  readonly newest: Generated<number>;
  readonly messages: Generated<number>;
  readonly members: Generated<number>;
  readonly managers: Generated<number>;
  readonly seats: Generated<number>;
  readonly changed_at: Moment;
}

interface MemberTable {
  readonly channel_id: string;
  readonly user_id: string;
  readonly may_read: boolean;
  readonly may_write: boolean;
  readonly may_manage: boolean;
  readonly joined: number;
  readonly seat: number;
  readonly delivered: number;
  readonly read: number;
  readonly read_messages: number;
  readonly own: readonly number[];
  readonly joined_at: Moment;
}

interface EntryTable {
  readonly channel_id: string;
  readonly position: number;
  readonly kind: EntryKind;
  readonly ordinal: number;
  readonly sender: string;
  readonly at: number;
  readonly id: string | null;
  readonly body: string | null;
  readonly parent: number | null;
  readonly attachments: readonly Attachment[] | null;
  readonly edited_at: number;
  readonly deleted_at: number;
  readonly target: number | null;
  readonly change: Pick<MembershipChange, 'kind' | 'members'> | null;
  readonly expires_at: Moment | null;
}

/** `spent`: a message that is no longer kept, but for its id and position, so that it is known when it is sent again. */
export type EntryKind = 'message' | 'changed' | 'membership' | 'spent';

export interface ChatTables {
  readonly chat_channels: ChannelTable;
  readonly chat_members: MemberTable;
  readonly chat_entries: EntryTable;
}
