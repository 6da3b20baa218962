import { jwtVerify } from 'jose';
import { mintToken } from './local-token.js';

const SECRET = 'a secret of forty-three characters or so...';
const NOW = 1_700_000_000_123;

function verified(token: string, seconds: number, secret = SECRET): Promise<unknown> {
  const currentDate = new Date(NOW + 1_000 * seconds);
  return jwtVerify(token, Buffer.from(secret), { algorithms: ['HS256'], currentDate }).then(({ payload }) => payload);
}

describe('a token for the local server', () => {
  it('says who the bearer is, for ten minutes', async () => {
    const token = mintToken(SECRET, { userId: 'bøb "1"' }, NOW);
    expect(await verified(token, 599)).toEqual({ sub: 'bøb "1"', iat: 1_700_000_000, exp: 1_700_000_600 });
    await expect(verified(token, 600)).rejects.toThrow('"exp" claim timestamp check failed');
  });

  it('is worth nothing to a server with another secret', async () => {
    await expect(verified(mintToken(SECRET, { userId: 'bob' }, NOW), 0, `${SECRET}!`)).rejects.toThrow('signature');
  });
});
