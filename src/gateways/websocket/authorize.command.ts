import { IsOptional, IsString, Length, MaxLength } from 'class-validator';

const NAME = 256;
const TOKEN = 32 * 1024;

/** What a client says of itself, in every dialect that lets it choose who vouches for it. */
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
