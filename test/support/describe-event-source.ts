import type { EventSource } from '../../src/sources/index.js';
import { RecordingIntake } from './recording-intake.js';
import { waitFor } from './wait-for.js';

/** A message as producers send it; headers by the names of the mapping in the README. */
export interface WireMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One source on a real broker, with a producer beside it. */
export interface EventSourceBench {
  readonly source: EventSource;
  /** The channel of what {@link publish} sends. */
  readonly channel: string;
  /** More messages than the source may hold while it is paused. */
  readonly moreThanHeld: number;
  /** Resolves when the broker has them all, in this order. */
  publish(messages: readonly WireMessage[]): Promise<void>;
  /** Resolves when the source has been sent this many messages, or as many as it may hold, and has not yet passed them on. */
  held(count: number): Promise<void>;
  /** Cuts the connection of the source, and of nobody else. */
  cut(): Promise<void>;
  close(): Promise<void>;
}

/** What every source promises, whatever its broker; see the contract of {@link EventSource}. */
export function describeEventSource(name: string, open: (intake: RecordingIntake) => Promise<EventSourceBench>): void {
  describe(`${name} as an event source`, () => {
    let intake: RecordingIntake;
    let bench: EventSourceBench;

    beforeEach(async () => {
      intake = new RecordingIntake();
      bench = await open(intake);
      bench.source.start();
      await consuming(bench.source);
    });

    afterEach(() => bench.close());

    it('hands over an event with its channel, name, audience and body', async () => {
      await bench.publish([
        { headers: { event_type: 'made', visibility: 'direct', uuid: 'u1', role: 'admin' }, body: '{"a": [1, null]}' },
      ]);
      await arrived(intake, 1);

      expect(intake.events).toMatchObject([
        { channel: bench.channel, name: 'made', audience: { kind: 'direct', userId: 'u1', role: 'admin' } },
      ]);
      expect(intake.bodies).toEqual(['{"a": [1, null]}']);
    });

    it('rejects what it cannot make sense of once, and goes on', async () => {
      await bench.publish([
        { headers: { visibility: 'broadcast' }, body: '1' },
        { headers: { event_type: 'made', visibility: 'everybody' }, body: '2' },
        aBroadcast('not JSON'),
        aBroadcast('4'),
      ]);
      await waitFor('the last event', () => intake.bodies.includes('4'));

      expect(intake.rejections.map(({ reason }) => reason)).toEqual([
        'missing_event_type',
        'bad_visibility',
        'not_json',
      ]);
      expect(intake.fates.get(bench.source.name)?.get('accepted')).toBe(1);
    });

    it('keeps the order of ten thousand events', async () => {
      await bench.publish(numbered(0, 10_000));
      await arrived(intake, 10_000);

      expect(intake.bodies).toEqual(numbered(0, 10_000).map(({ body }) => body));
    }, 120_000);

    it('holds everything back while paused, and hands it over in order afterwards', async () => {
      await bench.publish(numbered(0, 1));
      await arrived(intake, 1);
      bench.source.pause();
      await bench.publish(numbered(1, bench.moreThanHeld));
      await bench.held(bench.moreThanHeld - 1);
      expect(intake.events).toHaveLength(1);

      bench.source.resume();
      await arrived(intake, bench.moreThanHeld);

      expect(intake.bodies).toEqual(numbered(0, bench.moreThanHeld).map(({ body }) => body));
    }, 120_000);

    it('hands over nothing once it has stopped', async () => {
      await bench.publish(numbered(0, 100));
      await bench.source.stop();
      const { length } = intake.events;
      await bench.publish(numbered(100, 200));
      bench.source.resume();

      expect(bench.source.state).toEqual({ kind: 'stopped' });
      expect(intake.events).toHaveLength(length);
    });

    it('hands over nothing when it stops in the middle of a pause', async () => {
      bench.source.pause();
      await bench.publish(numbered(0, 100));
      await bench.held(100);
      await bench.source.stop();
      bench.source.resume();

      expect(intake.events).toEqual([]);
    });

    it('says so when it loses the broker, and comes back by itself', async () => {
      await bench.cut();
      await waitFor('the source to notice', () => bench.source.state.kind === 'waiting');
      await consuming(bench.source);
      await bench.publish([aBroadcast('"after"')]);
      await arrived(intake, 1);

      expect(intake.bodies).toEqual(['"after"']);
    }, 120_000);
  });
}

export function aBroadcast(body: string): WireMessage {
  return { headers: { event_type: 'made', visibility: 'broadcast' }, body };
}

/** Broadcasts whose bodies are the numbers from the first up to, and without, the last. */
export function numbered(from: number, to: number): readonly WireMessage[] {
  return Array.from({ length: to - from }, (_, index) => aBroadcast(String(from + index)));
}

export function consuming(source: EventSource): Promise<boolean> {
  return waitFor(`${source.name} to consume`, () => source.state.kind === 'consuming', { timeout: 60_000 });
}

export function arrived(intake: RecordingIntake, count: number): Promise<boolean> {
  return waitFor(`${count} events at the intake`, () => intake.events.length >= count, { timeout: 50_000 });
}
