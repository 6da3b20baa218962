import { ArrayNotEmpty, IsArray, Length, Matches, NotEquals } from 'class-validator';
import { Setting, commaList } from '../../config/index.js';
import { WILDCARD } from '../../delivery/index.js';
import { PUBLISHERS } from './publish-policy.js';

/** The gateway for clients of the topic broker. */
export class TopicsConfig {
  @Setting('HERMES_TOPICS_PATHS', 'paths at which clients of the topic broker connect', { parse: commaList })
  @ArrayNotEmpty()
  @Matches(/^\/[^?#\s]*$/, { each: true, message: 'each must be a path that starts with /' })
  readonly paths: readonly string[] = ['/_ws/topics'];

  @Setting('HERMES_TOPICS_PUBLISH', 'whose clients may publish: `nobody`, `authorized`, `role:<name>` or `anybody`')
  @Matches(PUBLISHERS, { message: 'must be nobody, authorized, anybody or role:<name>, the name not being any' })
  readonly publish: string = 'nobody';

  @Setting(
    'HERMES_TOPICS_PUBLISH_PREFIXES',
    'what topics that clients publish to must begin with, comma separated, e.g. `room:,game.`; unset: anything',
    { parse: commaList },
  )
  @IsArray()
  readonly publishPrefixes: readonly string[] = [];

  @Setting('HERMES_TOPICS_EVENT', 'event name of what is published to a topic')
  @Length(1, 256)
  @NotEquals(WILDCARD)
  readonly event: string = 'message';
}
