import { StreamPosition } from './stream-position.js';

const CREATED = '2026-01-01T00:00:00.000000001Z';
const LATER = '2026-01-02T00:00:00.000000001Z';

function at(time: string): Date {
  return new Date(time);
}

describe('StreamPosition', () => {
  it('begins behind what a stream has when it is first seen', () => {
    expect(new StreamPosition().startIn({ created: CREATED, lastSequence: 7 })).toEqual({
      kind: 'sequence',
      sequence: 8,
    });
  });

  it('goes on behind the last message that was passed on', () => {
    const position = new StreamPosition();
    position.passed(CREATED, 7);
    position.seen(at(CREATED));
    position.passed(CREATED, 9);

    expect(position.startIn({ created: CREATED, lastSequence: 20 })).toEqual({ kind: 'sequence', sequence: 10 });
  });

  it('begins with a stream that was missing when that is made', () => {
    const position = new StreamPosition();
    position.missing(at(CREATED));

    expect(position.startIn({ created: LATER, lastSequence: 3 })).toEqual({ kind: 'time', time: at(LATER) });
  });

  it('begins anew with a stream that was made anew, whatever its sequence', () => {
    const position = new StreamPosition();
    position.passed(CREATED, 7);
    position.seen(at(CREATED));

    expect(position.startIn({ created: LATER, lastSequence: 20 })).toEqual({ kind: 'time', time: at(LATER) });
  });

  it('goes on from its last look at a stream that has lost its messages, or came back from a copy', () => {
    const position = new StreamPosition();
    position.passed(CREATED, 7);
    position.seen(at(LATER));

    expect(position.startIn({ created: CREATED, lastSequence: 2 })).toEqual({ kind: 'time', time: at(LATER) });
  });
});
