import type { Topic } from './topic.js';

/** The dialect has checked the topic: what is wrong with one decides which of its sentences is the answer. */
export class TopicCommand {
  readonly topic!: Topic;
  readonly channel!: string;
}

export class PublishCommand extends TopicCommand {
  /** JSON text, as the client wrote it. */
  readonly data!: string;
}
