import { toEverybody, toNobody, toUser } from '../../test/support/builders/index.js';
import { addresses, passesRole, roleFilter, type Identity } from './audience.js';

const admin: Identity = { userId: 'ada', role: 'admin' };
const withoutRole: Identity = { userId: 'bob', role: undefined };
const anonymous = undefined;

describe('audience', () => {
  describe('a broadcast', () => {
    it('is for everybody, anonymous or not', () => {
      expect([admin, withoutRole, anonymous].map((who) => addresses(toEverybody(), who))).toEqual([true, true, true]);
    });

    it('with a role is for those whose verified role is that one', () => {
      expect(addresses(toEverybody('admin'), admin)).toBe(true);
      expect(addresses(toEverybody('support'), admin)).toBe(false);
    });

    it('with a role is kept from a user without one and from the anonymous', () => {
      expect(addresses(toEverybody('admin'), withoutRole)).toBe(false);
      expect(addresses(toEverybody('admin'), anonymous)).toBe(false);
    });
  });

  describe('a direct event', () => {
    it('is for its user alone', () => {
      expect(addresses(toUser('ada'), admin)).toBe(true);
      expect(addresses(toUser('ada'), withoutRole)).toBe(false);
      expect(addresses(toUser('ada'), anonymous)).toBe(false);
    });

    it('with a role is for its user in that role', () => {
      expect(addresses(toUser('ada', 'admin'), admin)).toBe(true);
      expect(addresses(toUser('ada', 'admin'), { userId: 'ada', role: 'user' })).toBe(false);
      expect(addresses(toUser('bob', 'admin'), withoutRole)).toBe(false);
    });

    it('without a user is nobody’s, least of all an anonymous session’s', () => {
      expect(addresses({ kind: 'direct', userId: '', role: undefined }, anonymous)).toBe(false);
    });
  });

  it('an internal event is for nobody', () => {
    expect([admin, withoutRole, anonymous].map((who) => addresses(toNobody, who))).toEqual([false, false, false]);
  });

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['any', undefined],
    ['admin', 'admin'],
    ['Any', 'Any'],
  ])('reads the role %j as the filter %j', (written, filter) => {
    expect(roleFilter(written)).toBe(filter);
  });

  it('compares roles letter by letter', () => {
    expect(passesRole('admin', 'Admin')).toBe(false);
    expect(passesRole('admin', 'admin')).toBe(true);
  });
});
