import { PUBLISHERS, mayPublish, publishPolicy } from './publish-policy.js';

const nobody = undefined;
const user = { userId: 'u', role: undefined };
const admin = { userId: 'a', role: 'admin' };

describe('who may publish', () => {
  it.each([
    ['nobody', [false, false, false]],
    ['authorized', [false, true, true]],
    ['role:admin', [false, false, true]],
    ['role:user', [false, false, false]],
    ['anybody', [true, true, true]],
  ])('%s', (text, expected) => {
    const policy = publishPolicy(text);
    expect([nobody, user, admin].map((identity) => mayPublish(policy, identity))).toEqual(expected);
  });

  it.each(['', 'everybody', 'role:', 'role:any', 'role: admin', 'Nobody', 'admin'])('is not said by %j', (text) => {
    expect(PUBLISHERS.test(text)).toBe(false);
  });

  it.each(['nobody', 'authorized', 'anybody', 'role:admin', 'role:anybody', 'role:any one'])('may be %j', (text) => {
    expect(PUBLISHERS.test(text)).toBe(true);
  });
});
