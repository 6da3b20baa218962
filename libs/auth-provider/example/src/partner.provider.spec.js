import { createHmac } from 'node:crypto';
import { describeAuthProvider } from '@hermes/auth-provider/testing';
import { PartnerProvider } from './partner.provider.js';

const secret = 'shared with the partner';

function aToken(userId, secondsLeft) {
  const signed = `${userId}.${Math.floor(Date.now() / 1000) + secondsLeft}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('hex')}`;
}

describeAuthProvider('partner tokens', {
  create: () => new PartnerProvider(secret),
  accepted: { token: aToken('u1', 60), role: 'partner' },
  refused: { token: aToken('u1', -60), role: 'partner' },
});

describe('partner tokens', () => {
  it('are not made without a secret', () => {
    expect(() => new PartnerProvider('')).toThrow('PARTNER_SECRET');
  });
});
