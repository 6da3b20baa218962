/** Why something is not done, as `chat.proto` lists the codes. */
export type ChatRefusalCode =
  | 'INVALID_ARGUMENT'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'RESOURCE_EXHAUSTED'
  | 'UNAVAILABLE';

/** What a user asked for and is not done, with a sentence for the developer of his client. */
export class ChatRefusal extends Error {
  constructor(
    readonly code: ChatRefusalCode,
    message: string,
  ) {
    super(message);
    this.name = 'ChatRefusal';
  }
}

/** One sentence for what is not there and what is not his: nobody learns which. */
export function noSuchChannel(): ChatRefusal {
  return new ChatRefusal('NOT_FOUND', 'channel_id: no such channel, or you are not a member of it');
}
