import { ChatRefusal, type ChatOutcome, type ChatWrite, type Entry } from '../model/index.js';
import { signalsOf } from './signals-of.js';

function entry(channelId: string, position: number): Entry {
  const message = { channelId, position, id: '', sender: 'ada', body: '', parent: 0, attachments: [] };
  return { kind: 'message', message: { ...message, sentAt: 1, editedAt: 0, deletedAt: 0 } };
}

function sent(channelId: string, position: number, body = ''): [ChatWrite, ChatOutcome] {
  const write = {
    kind: 'send',
    by: 'ada',
    at: 1,
    to: { channelId },
    id: '',
    body,
    parent: 0,
    attachments: [],
  } as const;
  return [write, { kind: 'written', channelId, entries: [entry(channelId, position)] }];
}

function signals(...steps: readonly [ChatWrite, ChatOutcome][]) {
  return signalsOf(
    steps.map(([write]) => write),
    steps.map(([, outcome]) => outcome),
  );
}

const marked: ChatWrite = { kind: 'mark', by: 'bob', at: 7, channelId: 'a', mark: 'READ', position: 3 };

describe('what nodes are told of a transaction', () => {
  it('is how each channel has grown, in one signal a channel', () => {
    expect(signals(sent('a', 1), sent('b', 5), sent('a', 2))).toEqual([
      { kind: 'entries', channelId: 'a', entries: [entry('a', 1), entry('a', 2)] },
      { kind: 'entries', channelId: 'b', entries: [entry('b', 5)] },
    ]);
  });

  it('is several signals where one would be too large', () => {
    const large = 'x'.repeat(100 * 1024);
    const many = Array.from({ length: 130 }, (_step, index) => sent('a', index + 1));

    expect(signals(sent('a', 1, large), sent('a', 2, large))).toHaveLength(2);
    expect(signals(...many).map((signal) => signal.kind === 'entries' && signal.entries.length)).toEqual([128, 2]);
  });

  it('is a message that is not stored, behind the entry that has begun its channel', () => {
    const [write] = sent('a', 0);
    const outcome: ChatOutcome = { kind: 'passing', channelId: 'a', entries: [entry('a', 1)], entry: entry('a', 0) };

    expect(signals([write, outcome]).map(({ kind }) => kind)).toEqual(['entries', 'passing']);
  });

  it('is a mark that moved over messages of others', () => {
    const outcome = { kind: 'marked', channelId: 'a', position: 3, moved: true, authors: ['ada'] } as const;

    expect(signals([marked, outcome])).toEqual([
      { kind: 'receipt', channelId: 'a', userId: 'bob', mark: 'READ', position: 3, at: 7, to: ['ada'] },
    ]);
    expect(signals([marked, { ...outcome, authors: [] }], [marked, { ...outcome, moved: false }])).toEqual([]);
  });

  it('is how far a channel has grown where a message had been stored before, perhaps without anybody being told', () => {
    const [write] = sent('a', 5);

    expect(signals([write, { kind: 'duplicate', channelId: 'a', entry: entry('a', 5) }])).toEqual([
      { kind: 'head', channelId: 'a', position: 5 },
    ]);
  });

  it('is nothing of what was refused or was so already', () => {
    const [write] = sent('a', 1);
    const refusal = new ChatRefusal('NOT_FOUND', 'channel_id: there is no such channel');

    expect(signals([write, { kind: 'refused', refusal }])).toEqual([]);
    expect(signals([write, { kind: 'written', channelId: 'a', entries: [] }])).toEqual([]);
  });
});
