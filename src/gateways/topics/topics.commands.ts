import { IsOptional, IsString, Length, MaxLength } from 'class-validator';
import type { Topic } from './topic.js';

const NAME = 256;
const TOKEN = 32 * 1024;

/** The dialect has checked the topic: what is wrong with one decides which of its sentences is the answer. */
export class TopicCommand {
  readonly topic!: Topic;
  readonly channel!: string;
}

export class PublishCommand extends TopicCommand {
  /** JSON text, as the client wrote it. */
  readonly data!: string;
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
