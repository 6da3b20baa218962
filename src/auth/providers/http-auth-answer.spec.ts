import * as fc from 'fast-check';
import { readHttpAuthAnswer } from './http-auth-answer.js';

describe('answer of an auth service', () => {
  it.each([
    ['{"userId":"u1"}', { userId: 'u1', role: 'asked', ttl: undefined }],
    ['{"userId":"u1","ttl":-1,"role":"user"}', { userId: 'u1', role: 'user', ttl: -1 }],
    ['{"userId":"u1","ttl":null,"role":null,"more":[]}', { userId: 'u1', role: 'asked', ttl: undefined }],
    ['{"userId":42}', { userId: '42' }],
    ['{"userId":"u1","role":""}', { role: '' }],
  ])('%s is a user', (body, expected) => {
    const outcome = { kind: 'authorized', ...expected };
    expect(readHttpAuthAnswer(body, 'asked')).toMatchObject({ ok: true, outcome });
  });

  it.each([
    '',
    'ok',
    'null',
    '7',
    '[]',
    '{}',
    '{"userId":null}',
    '{"userId":1.5}',
    '{"userId":9007199254740993}',
    '{"userId":["u1"]}',
    '{"userId":"u1","ttl":"60"}',
    '{"userId":"u1","role":["user"]}',
    '{"userId":"u1"',
    undefined,
  ])('%s is none', (body) => {
    expect(readHttpAuthAnswer(body, '')).toEqual({ ok: false, fault: expect.stringContaining(' must be ') });
  });

  it('is a user or a sentence, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        const answer = readHttpAuthAnswer(body, '');
        expect(answer.ok ? answer.outcome.kind : answer.fault).toBeTruthy();
      }),
    );
  });
});
