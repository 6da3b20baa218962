import { anEvent } from '../../test/support/builders/index.js';
import { EncodedEvent, type EventEncoder } from './encoded-event.js';
import type { HermesEvent } from './event.js';

/** A dialect that counts how often it is asked. */
class CountingEncoder implements EventEncoder {
  calls = 0;

  constructor(private readonly prefix = '') {}

  encode({ name }: HermesEvent): Buffer {
    this.calls++;
    return Buffer.from(this.prefix + name);
  }
}

describe('EncodedEvent', () => {
  it('encodes an event once for however many sessions of one dialect', () => {
    const encoder = new CountingEncoder();
    const event = new EncodedEvent(anEvent());

    const frames = [event.frameFor(encoder), event.frameFor(encoder), event.frameFor(encoder)];

    expect(encoder.calls).toBe(1);
    expect(new Set(frames).size).toBe(1);
  });

  it('encodes once for each dialect, in whatever order they are asked for', () => {
    const [red, blue, green] = [
      new CountingEncoder('red '),
      new CountingEncoder('blue '),
      new CountingEncoder('green '),
    ];
    const event = new EncodedEvent(anEvent({ name: 'flash' }));

    const texts = [red, blue, red, green, blue, red, red].map((encoder) => event.frameFor(encoder).toString());

    expect(texts).toEqual([
      'red flash',
      'blue flash',
      'red flash',
      'green flash',
      'blue flash',
      'red flash',
      'red flash',
    ]);
    expect([red.calls, blue.calls, green.calls]).toEqual([1, 1, 1]);
  });

  it('asks nobody before a frame is needed', () => {
    const event = anEvent();

    expect(new EncodedEvent(event).event).toBe(event);
  });
});
