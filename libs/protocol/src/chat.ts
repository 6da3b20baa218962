/**
 * What goes over the wire of `hermes.chat.v1`, as `chat.proto` beside this folder has it and describes it: field names in camel
 * case, 64-bit numbers as numbers, enums by name, every field present in what is received.
 */

export type ChannelType = 'PRIVATE' | 'GROUP' | 'BROADCAST';
export type Strategy = 'DURABLE' | 'TRANSIENT' | 'LAST' | 'TTL';

export interface Permissions {
  readonly read: boolean;
  readonly write: boolean;
  readonly manage: boolean;
}

export interface Member {
  readonly userId: string;
  readonly permissions: Permissions;
  readonly delivered: number;
  readonly read: number;
}

export interface Channel {
  readonly id: string;
  readonly type: ChannelType;
  readonly name: string;
  readonly strategy: Strategy;
  readonly ttl: number;
  readonly creator: string;
  readonly createdAt: number;
  readonly position: number;
  readonly unread: number;
  readonly permissions: Permissions;
  readonly memberCount: number;
  readonly members: readonly Member[];
}

export interface Attachment {
  readonly url: string;
  readonly type: string;
  readonly name: string;
  readonly size: number;
}

export interface Message {
  readonly channelId: string;
  readonly position: number;
  readonly id: string;
  readonly sender: string;
  readonly body: string;
  readonly parent: number;
  readonly attachments: readonly Attachment[];
  readonly sentAt: number;
  readonly editedAt: number;
  readonly deletedAt: number;
}

export interface MessageChanged {
  readonly channelId: string;
  readonly position: number;
  readonly by: string;
  readonly message: Message;
}

export interface MembershipChange {
  readonly channelId: string;
  readonly position: number;
  readonly kind: 'ADDED' | 'REMOVED' | 'LEFT' | 'PERMISSIONS';
  readonly by: string;
  readonly members: readonly Member[];
  readonly at: number;
}

export interface Receipt {
  readonly channelId: string;
  readonly userId: string;
  readonly kind: 'DELIVERED' | 'READ';
  readonly position: number;
  readonly at: number;
}

export interface UserTyping {
  readonly channelId: string;
  readonly userId: string;
}

export interface Presence {
  readonly userId: string;
  readonly online: boolean;
  readonly lastSeen: number;
}

export interface ChannelPosition {
  readonly channelId: string;
  readonly position: number;
}

export interface Ack {
  readonly ref: string;
  readonly channelId: string;
  readonly id: string;
  readonly position: number;
  readonly at: number;
  readonly duplicate: boolean;
}

export interface ChatError {
  readonly ref: string;
  readonly code: string;
  readonly message: string;
}

/** Exactly one field besides `event` is set: the one that `event` names. */
export interface ServerEvent {
  readonly event?: ServerEventName;
  readonly ack?: Ack | null;
  readonly message?: Message | null;
  readonly changed?: MessageChanged | null;
  readonly membership?: MembershipChange | null;
  readonly receipt?: Receipt | null;
  readonly typing?: UserTyping | null;
  readonly presence?: Presence | null;
  readonly joined?: { readonly ref: string } | null;
  readonly resumed?: { readonly ref: string; readonly channels: readonly ChannelPosition[] } | null;
  readonly error?: ChatError | null;
}

export type ServerEventName = Exclude<keyof ServerEvent, 'event'>;

export interface NewMessage {
  readonly id: string;
  readonly channelId?: string;
  readonly recipient?: string;
  readonly body?: string;
  readonly parent?: number;
  readonly attachments?: readonly Partial<Attachment>[];
}

export interface EditMessage {
  readonly channelId: string;
  readonly position: number;
  readonly body?: string;
  readonly attachments?: readonly Partial<Attachment>[];
}

/** Exactly one field besides `ref` and `event` is set. */
export interface ClientEvent {
  readonly ref?: string;
  readonly event?: ClientEventName;
  readonly newMessage?: NewMessage | null;
  readonly edit?: EditMessage | null;
  readonly delete?: ChannelPosition | null;
  readonly delivered?: ChannelPosition | null;
  readonly read?: ChannelPosition | null;
  readonly typing?: { readonly channelId: string } | null;
  readonly join?: object | null;
  readonly resume?: { readonly channels?: readonly ChannelPosition[] } | null;
}

export type ClientEventName = Exclude<keyof ClientEvent, 'ref' | 'event'>;

export interface NewMember {
  readonly userId: string;
  readonly permissions?: Partial<Permissions> | null;
}

export interface CreateChannelRequest {
  readonly type: ChannelType;
  readonly name?: string;
  readonly strategy?: Strategy;
  readonly ttl?: number;
  readonly members?: readonly NewMember[];
  readonly id?: string;
}

/** The unary calls of the service, by name: what they take and what they answer. */
export interface ChatCalls {
  readonly createChannel: [CreateChannelRequest, Channel];
  readonly getChannel: [{ readonly channelId: string }, Channel];
  readonly listChannels: [
    { readonly pageSize?: number; readonly pageToken?: string },
    { readonly channels: readonly Channel[]; readonly nextPageToken: string },
  ];
  readonly listMessages: [
    { readonly channelId: string; readonly before?: number; readonly after?: number; readonly limit?: number },
    { readonly messages: readonly Message[]; readonly more: boolean },
  ];
  readonly addMembers: [{ readonly channelId: string; readonly members: readonly NewMember[] }, Channel];
  readonly removeMember: [{ readonly channelId: string; readonly userId: string }, Channel];
  readonly setPermissions: [
    { readonly channelId: string; readonly userId: string; readonly permissions: Permissions },
    Channel,
  ];
  readonly leaveChannel: [{ readonly channelId: string }, object];
  readonly getPresence: [{ readonly userIds: readonly string[] }, { readonly users: readonly Presence[] }];
  readonly echo: [
    { readonly text?: string },
    { readonly text: string; readonly userId: string; readonly expiresAt: number },
  ];
}

/** How `@grpc/proto-loader` is to read `chat.proto` so that these types are what comes out. */
export const CHAT_LOADER_OPTIONS = {
  keepCase: false,
  longs: Number,
  enums: String,
  defaults: true,
  arrays: true,
  oneofs: true,
} as const;

export const CHAT_PACKAGE = 'hermes.chat.v1';
export const CHAT_SERVICE = 'Chat';
