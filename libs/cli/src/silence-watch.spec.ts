import { SilenceWatch } from './silence-watch.js';

describe('silence watch', () => {
  const told: string[] = [];
  let watch: SilenceWatch;

  beforeEach(() => {
    jest.useFakeTimers();
    told.length = 0;
    watch = new SilenceWatch(
      1_000,
      () => told.push('ask'),
      () => told.push('give up'),
    );
    watch.start();
  });

  afterEach(() => {
    watch.stop();
    jest.useRealTimers();
  });

  it('asks after a whole quiet period and gives up after another', () => {
    jest.advanceTimersByTime(1_999);
    expect(told).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(told).toEqual(['ask']);
    jest.advanceTimersByTime(1_000);
    expect(told).toEqual(['ask', 'give up']);
  });

  it('is content with any answer', () => {
    jest.advanceTimersByTime(2_500);
    watch.heard();
    jest.advanceTimersByTime(1_000);
    expect(told).toEqual(['ask']);
  });

  it('is quiet itself once stopped', () => {
    watch.stop();
    jest.advanceTimersByTime(10_000);
    expect(told).toEqual([]);
  });
});
