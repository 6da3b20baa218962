import type { Attachment } from '@hermes/protocol';
import { IsArray, IsNumber, IsOptional, IsString, Length, MaxLength, NotEquals } from 'class-validator';
import { WILDCARD } from '../../delivery/index.js';

const NAME = 256;

export class SubscribeCommand {
  @IsString()
  @Length(1, NAME)
  readonly channel!: string;

  /** Absent, empty or the wildcard: every event of the channel. */
  @IsOptional()
  @IsString()
  @MaxLength(NAME)
  readonly event?: string;
}

export class MuteCommand {
  @IsString()
  @Length(1, NAME)
  @NotEquals(WILDCARD)
  readonly event!: string;
}

/** A `NewMessage` of chat.proto. Chat itself says what may be in it; here it is JSON of the right shape. */
export class SendCommand {
  @IsString()
  readonly id!: string;

  @IsOptional()
  @IsString()
  readonly channelId?: string;

  @IsOptional()
  @IsString()
  readonly recipient?: string;

  @IsOptional()
  @IsString()
  readonly body?: string;

  @IsOptional()
  @IsNumber()
  readonly parent?: number;

  @IsOptional()
  @IsArray()
  readonly attachments?: readonly Partial<Attachment>[];
}

/** A `Mark` of chat.proto. */
export class ReadCommand {
  @IsString()
  readonly channelId!: string;

  @IsNumber()
  readonly position!: number;
}
