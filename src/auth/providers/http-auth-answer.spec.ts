import * as fc from 'fast-check';
import { readHttpAuthAnswer } from './http-auth-answer.js';

describe('answer of an auth service', () => {
  it.each([
    ['{"userId":"u1"}', { userId: 'u1', role: undefined, ttl: undefined }],
    ['{"userId":"u1","ttl":-1,"role":"user"}', { userId: 'u1', role: 'user', ttl: -1 }],
    ['{"userId":"u1","ttl":null,"role":null,"more":[]}', { userId: 'u1', role: undefined, ttl: undefined }],
    ['{"userId":42}', { userId: '42' }],
    ['{"userId":"u1","role":""}', { role: '' }],
  ])('%s is a user', (body, expected) => {
    expect(readHttpAuthAnswer(body)).toMatchObject({ kind: 'authorized', ...expected });
  });

  it.each([
    '',
    'ok',
    'null',
    '7',
    '[]',
    '{}',
    '{"userId":""}',
    '{"userId":" "}',
    '{"userId":null}',
    '{"userId":1.5}',
    '{"userId":9007199254740993}',
    '{"userId":["u1"]}',
    '{"userId":"u1","ttl":"60"}',
    '{"userId":"u1","role":["user"]}',
    '{"userId":"u1"',
  ])('%s is 502', (body) => {
    expect(readHttpAuthAnswer(body)).toEqual({ kind: 'unavailable', code: 502 });
  });

  it('is a user or 502, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        const outcome = readHttpAuthAnswer(body);
        expect(outcome.kind === 'authorized' ? outcome.userId.trim() : outcome.code).toBeTruthy();
      }),
    );
  });
});
