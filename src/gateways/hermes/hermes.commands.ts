import { IsOptional, IsString, Length, MaxLength, NotEquals } from 'class-validator';
import { WILDCARD } from '../../delivery/index.js';

const NAME = 256;
const TOKEN = 32 * 1024;

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

export class AuthorizeCommand {
  @IsString()
  @Length(1, TOKEN)
  readonly token!: string;

  /** Chooses the AuthProvider. */
  @IsString()
  @Length(1, NAME)
  readonly origin!: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME)
  readonly role?: string;
}
