import { IsInt, IsNotEmpty, Max, Min } from 'class-validator';
import { Setting, byteSize, duration } from '../../config/index.js';

/** The rules of chat that an operator chooses. */
export class ChatConfig {
  @Setting('HERMES_CHAT_ORIGIN', 'origin whose AuthProvider says whose token a chat client brings')
  @IsNotEmpty()
  readonly origin: string = 'user';

  @Setting('HERMES_CHAT_MAX_BODY', 'largest text of a chat message', { parse: byteSize })
  @IsInt()
  @Min(1)
  @Max(1024 ** 2)
  readonly maxBody: number = 16 * 1024;

  @Setting('HERMES_CHAT_MAX_MEMBERS', 'members of one channel')
  @IsInt()
  @Min(2)
  @Max(1_000_000)
  readonly maxMembers: number = 10_000;

  @Setting('HERMES_CHAT_SWEEP', 'how often a node looks in the store for what the bus may have lost', {
    parse: duration,
  })
  @IsInt()
  @Min(100)
  @Max(60_000)
  readonly sweep: number = 2_000;
}
