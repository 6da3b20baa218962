import { IsIn, IsObject, IsOptional, IsString } from 'class-validator';
import type { Room } from '../../delivery/index.js';

/** Why a message is none that this dialect knows. */
export const REJECTIONS = ['non-json-message', 'message-type-not-allowed'] as const;
export type Rejection = (typeof REJECTIONS)[number];

/*
 * What the dialect makes of a message. A field that the client left out, or filled with something that cannot be used, is
 * absent: the answer says which one in the words of the protocol.
 */

export class SubscribeCommand {
  /** The requestId as JSON text: the client calls its subscription by this, and `7` is not `"7"`. */
  @IsOptional()
  @IsString()
  readonly reference?: string;

  @IsOptional()
  @IsObject()
  readonly room?: Room;
}

export class UnsubscribeCommand {
  @IsOptional()
  @IsString()
  readonly reference?: string;
}

export class RejectedMessage {
  @IsIn(REJECTIONS)
  readonly reason!: Rejection;
}
