import { setImmediate as aMoment } from 'node:timers/promises';
import { Repairs } from './repairs.js';

const NEVER = 2 ** 30;

describe('repairs', () => {
  let connection: string | undefined;
  let repaired: string[];
  let failures: string[];
  let repair: (connection: string) => Promise<void>;
  let repairs: Repairs<string>;

  beforeEach(() => {
    connection = 'first';
    repaired = [];
    failures = [];
    repair = () => Promise.resolve();
    repairs = new Repairs({
      connection: () => connection,
      repair: (on) => {
        repaired.push(on);
        return repair(on);
      },
      failed: (on, error) => void failures.push(`${on}: ${String(error)}`),
    });
    repairs.start(NEVER);
  });

  afterEach(() => repairs.stop());

  it('are made one at a time, and once more for all the wishes that came meanwhile', async () => {
    repairs.mend();
    repairs.mend();
    repairs.mend();
    await repairs.ended();

    expect(repaired).toEqual(['first', 'first']);
  });

  it('are made neither without a connection nor after the end', async () => {
    connection = undefined;
    repairs.mend();
    await repairs.ended();
    connection = 'second';
    repairs.stop();
    repairs.mend();
    await repairs.ended();

    expect(repaired).toEqual([]);
  });

  it('tell of a failure, but for that of a connection that has gone', async () => {
    repair = () => Promise.reject(new Error('refused'));
    repairs.mend();
    await repairs.ended();
    repair = () => {
      connection = undefined;
      return Promise.reject(new Error('closed'));
    };
    repairs.mend();
    await repairs.ended();

    expect(failures).toEqual(['first: Error: refused']);
  });

  it('follow a loss at once, and leave the next to the watchdog', async () => {
    const told = jest.fn();
    repairs.lost(told);
    repairs.lost(told);
    await aMoment();
    await repairs.ended();

    expect(told).toHaveBeenCalledTimes(2);
    expect(repaired).toEqual(['first']);
  });

  it('do not take the loss of a connection for that of a consumer', async () => {
    const told = jest.fn();
    repairs.lost(told);
    connection = 'second';
    await aMoment();

    expect(told).not.toHaveBeenCalled();
    expect(repaired).toEqual([]);
  });
});
