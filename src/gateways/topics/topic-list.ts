import { ApiProperty } from '@nestjs/swagger';
import type { Census } from './topic-census.js';
import { topicOf, type Topic } from './topic.js';

export class ActiveTopic {
  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'number' }],
    example: 'stock:AAPL',
    description: 'as clients of the topic broker name it',
  })
  readonly topic!: Topic;

  @ApiProperty({ example: 'stock:AAPL', description: 'as producers and the other dialects name it' })
  readonly channel!: string;

  @ApiProperty({ example: 3, description: 'sessions that are subscribed to it or to one of its events' })
  readonly subscribers!: number;
}

/** What `GET /api/topics` answers. */
export class TopicList {
  @ApiProperty({
    enum: ['node', 'cluster'],
    description: '`cluster`: the nodes on the same bus that answered in time; `node`: this node alone',
  })
  readonly scope!: 'node' | 'cluster';

  @ApiProperty({ description: 'how many nodes are counted' })
  readonly nodes!: number;

  @ApiProperty({ description: 'true when topics were left out; those that are shown may then be counted too low' })
  readonly truncated!: boolean;

  @ApiProperty({ description: 'sessions subscribed to every channel at once; they are in no other count' })
  readonly everyChannel!: number;

  @ApiProperty({ type: [ActiveTopic], description: 'those with the most subscribers first' })
  readonly topics!: readonly ActiveTopic[];
}

/** Adds up what the nodes report, at most `limit` topics long. */
export function topicList({ scope, reports }: Census, limit: number): TopicList {
  const counts = new Map<string, number>();
  for (const { channels } of reports) {
    for (const [channel, subscribers] of channels) counts.set(channel, (counts.get(channel) ?? 0) + subscribers);
  }
  const topics = [...counts]
    .toSorted(([one, a], [other, b]) => b - a || (one < other ? -1 : 1))
    .map(([channel, subscribers]) => ({ topic: topicOf(channel), channel, subscribers }));
  return {
    scope,
    nodes: reports.length,
    truncated: topics.length > limit || reports.some(({ total, channels }) => total > channels.length),
    everyChannel: reports.reduce((sum, report) => sum + report.everyChannel, 0),
    topics: topics.slice(0, limit),
  };
}
