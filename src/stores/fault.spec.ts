import { isOutage, readsOnly } from './fault.js';

const saying = (code: string): Error => Object.assign(new Error('it failed'), { code });

describe('an error', () => {
  it.each(['ECONNREFUSED', '08006', '25006', '53300', '57P01', '58030', 'XX000'])('%s is about the server', (code) => {
    expect(isOutage(saying(code))).toBe(true);
  });

  it.each(['23505', '25001', '40P01', '57014'])('%s is about what was asked', (code) => {
    expect(isOutage(saying(code))).toBe(false);
  });

  it('says that the server only reads', () => {
    expect([saying('25006'), saying('08006'), new Error('25006')].map(readsOnly)).toEqual([true, false, false]);
  });
});
