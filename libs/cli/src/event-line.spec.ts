import { readServerMessage, type EventMessage } from '@hermes/protocol';
import { eventLine, type Arrival } from './event-line.js';
import { jsonLine } from './printable.js';

const AT = new Date(2026, 0, 2, 14, 3, 7, 42);

function arrival(frame: string): Arrival {
  return { event: readServerMessage(frame) as EventMessage, frame, at: AT };
}

function aFrame(payload: string, { channel = 'prices', event = 'tick', broadcast = true } = {}): string {
  const name = JSON.stringify(event);
  return `{"broadcast":${broadcast},"channel":${JSON.stringify(channel)},"event":${name},"data":{${name}:${payload}}}`;
}

describe('event line', () => {
  it('says when, where, what, for whom, and the payload', () => {
    expect(eventLine(arrival(aFrame('{"BTC":1}')), false)).toBe('14:03:07.042  prices  tick  broadcast  {"BTC":1}');
  });

  it('tells what is for this user alone', () => {
    expect(eventLine(arrival(aFrame('null', { broadcast: false })), false)).toContain('tick  direct  null');
  });

  it('keeps the digits of the producer', () => {
    expect(eventLine(arrival(aFrame('[12345678901234567890,1.10,1e400]')), false)).toContain(
      '[12345678901234567890,1.10,1e400]',
    );
  });

  it('reads a frame that is laid out in another way', () => {
    const other = '{ "event": "tick", "data": { "tick": [1, 2] }, "channel": "prices", "broadcast": true }';
    expect(eventLine(arrival(other), false)).toBe('14:03:07.042  prices  tick  broadcast  [1,2]');
  });

  it('puts a payload of many lines on one', () => {
    expect(eventLine(arrival(aFrame('\n{\n  "a": "x y",\r\n\t"b": [\n    1\n  ]\n}')), false)).toMatch(
      / {2}\{"a": "x y","b": \[1\]\}$/,
    );
  });

  it('lets no event drive the terminal', () => {
    const hostile = aFrame(JSON.stringify('\u009b2J\u202e'), { channel: 'a\u001b[2Jb\nc', event: '\u009b31m\u2066' });
    const line = eventLine(arrival(hostile), false);
    expect(line).toBe('14:03:07.042  a\\u001b[2Jb\\u000ac  \\u009b31m\\u2066  broadcast  "\\u009b2J\\u202e"');
  });

  it('is coloured only when asked to be', () => {
    expect(eventLine(arrival(aFrame('1')), true)).toContain('\u001b[36mprices\u001b[0m');
    expect(eventLine(arrival(aFrame('1')), false)).not.toContain('\u001b');
  });
});

describe('JSON line', () => {
  it('is the same JSON', () => {
    const text = JSON.stringify({ a: ['x  y', 'tab\tnew\nline', '\u009b \u2028'], 'k"': { b: 1.5 } }, null, '\t');
    expect(jsonLine(text)).not.toMatch(/[\n\t\u009b\u2028]/);
    expect(JSON.parse(jsonLine(text))).toEqual(JSON.parse(text));
  });
});
