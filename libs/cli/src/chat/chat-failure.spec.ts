import { status } from '@grpc/grpc-js';
import { failureOf } from './chat-failure.js';

const UNCONNECTED = 'No connection established. Last error:';

describe('why a call failed', () => {
  it.each([
    [`${UNCONNECTED} connect ECONNREFUSED 127.0.0.1:1. Resolution note: `, 'connect ECONNREFUSED 127.0.0.1:1'],
    [`${UNCONNECTED} Error: connect ECONNREFUSED 127.0.0.1:1`, 'connect ECONNREFUSED 127.0.0.1:1'],
    [`${UNCONNECTED} Error: wrong version number:350:\n. Resolution note: `, 'wrong version number:350:'],
    ['No connection established', 'No connection established'],
  ])('is that nobody is there: %j', (details, reason) => {
    const failure = failureOf({ code: status.UNAVAILABLE, details }, 'a:1');
    expect([failure.code, failure.message]).toEqual(['UNAVAILABLE', `no connection to a:1: ${reason}`]);
  });

  it('is what the server says, in one line that cannot drive the terminal', () => {
    const { message } = failureOf({ code: status.NOT_FOUND, details: 'no such\nchannel\u001b[2J' }, 'a:1');
    expect(message).toBe('NOT_FOUND: no such\\u000achannel\\u001b[2J');
  });

  it('is at least a status', () => {
    expect(failureOf({ code: status.INTERNAL, details: '' }, 'a:1').message).toBe(
      'INTERNAL: the server gave no reason',
    );
  });
});
