import { ConfigurationError, readSettings } from '../../config/index.js';
import { NatsConfig } from './nats.config.js';

function read(environment: Readonly<Record<string, string>>): NatsConfig {
  return readSettings(environment, [NatsConfig])['NatsConfig'] as NatsConfig;
}

function faults(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    read({ HERMES_NATS_URL: 'nats://server', ...environment });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

describe('NatsConfig', () => {
  it('is off when nothing is set', () => {
    expect(read({})).toMatchObject({ url: '', subjects: [], streams: [], channel: '{subject}', event: '' });
  });

  it('reads subjects, and streams with their filters', () => {
    const environment = {
      HERMES_NATS_URL: 'nats://a:b@one:4222,tls://two',
      HERMES_NATS_SUBJECTS: 'news, orders.*.paid,eu.>',
      HERMES_NATS_STREAMS: 'ORDERS, LOGS:logs.error.>,LOGS:logs.fatal.>',
    };

    expect(read(environment)).toMatchObject({
      subjects: ['news', 'orders.*.paid', 'eu.>'],
      streams: [
        { stream: 'ORDERS', filter: undefined },
        { stream: 'LOGS', filter: 'logs.error.>' },
        { stream: 'LOGS', filter: 'logs.fatal.>' },
      ],
    });
  });

  it.each([
    ['HERMES_NATS_URL', 'http://server', 'must be a URL'],
    ['HERMES_NATS_URL', ',', 'must be a URL'],
    ['HERMES_NATS_URL', 'nats://user:100%pass@host', 'write it as %25'],
    ['HERMES_NATS_SUBJECTS', 'a,,b', 'the subject is missing'],
    ['HERMES_NATS_SUBJECTS', 'a b', 'no blanks'],
    ['HERMES_NATS_SUBJECTS', 'a..b', 'no empty token'],
    ['HERMES_NATS_SUBJECTS', 'a.>.b', '> can only be the last token'],
    ['HERMES_NATS_SUBJECTS', 'hermes.events', "is Hermes's own"],
    ['HERMES_NATS_SUBJECTS', 'chat', "chat leads to chat, a channel of Hermes's own"],
    ['HERMES_NATS_SUBJECTS', 'a,hermes.>', "hermes.> leads to hermes.>, a channel of Hermes's own"],
    ['HERMES_NATS_STREAMS', 'A:ws_status', "ws_status leads to ws_status, a channel of Hermes's own"],
    ['HERMES_NATS_SUBJECTS', 'a.*,b,a.c', 'takes in what a.* does'],
    ['HERMES_NATS_SUBJECTS', 'a.>,*.b', 'takes in what a.> does'],
    ['HERMES_NATS_STREAMS', ':a', 'the name of the stream is missing'],
    ['HERMES_NATS_STREAMS', 'a.b', 'no blanks, dots'],
    ['HERMES_NATS_STREAMS', 'A,A:x', 'takes in what A does'],
    ['HERMES_NATS_STREAMS', 'A:x.>,A:x.y', 'takes in what A:x.> does'],
    ['HERMES_NATS_CHANNEL', '{0}', '{0} is neither'],
    ['HERMES_NATS_CHANNEL', '{name}', '{name} is neither'],
    ['HERMES_NATS_CHANNEL', 'a{1', 'is neither'],
    ['HERMES_NATS_CHANNEL', '***', '*** means every channel'],
    ['HERMES_NATS_CHANNEL', 'ws_status', "ws_status is a channel of Hermes's own"],
    ['HERMES_NATS_CHANNEL', 'hermes.{1}', "hermes.{1} is a channel of Hermes's own"],
    ['HERMES_NATS_EVENT', '***', 'should not be equal to ***'],
  ])('refuses %s=%s', (variable, value, sentence) => {
    expect(faults({ [variable]: value })).toEqual([expect.stringMatching(new RegExp(`^${variable}: `))]);
    expect(faults({ [variable]: value })[0]).toContain(sentence);
  });

  it.each([
    ['a.*,b.*', 'no subject is in both'],
    ['a,a.>', 'a wildcard at the end stands for at least one token'],
    ['a.*.c,a.b', 'of different lengths'],
  ])('takes %s: %s', (subjects) => {
    expect(faults({ HERMES_NATS_SUBJECTS: subjects })).toEqual([]);
  });

  it('refuses a rule for tokens that a subject does not have', () => {
    const environment = { HERMES_NATS_CHANNEL: '{1}.{3}', HERMES_NATS_SUBJECTS: 'a.*,b.*.*,c.>' };

    expect(faults(environment)).toEqual([
      'HERMES_NATS_SUBJECTS: a.* has no token {3}, which HERMES_NATS_CHANNEL asks for',
    ]);
  });

  it('refuses a rule that makes a channel of its own of a subject, and no other', () => {
    const environment = { HERMES_NATS_CHANNEL: '{1}', HERMES_NATS_SUBJECTS: 'chat.*,chats.*,hermes.>' };

    expect(faults(environment)).toEqual([
      "HERMES_NATS_SUBJECTS: chat.* leads to chat, a channel of Hermes's own: give another HERMES_NATS_CHANNEL",
    ]);
  });

  it('repeats no password', () => {
    expect(faults({ HERMES_NATS_URL: 'http://user:hunter2@server' }).join()).not.toContain('hunter2');
  });

  it('refuses subjects and streams without a server', () => {
    const environment = { HERMES_NATS_URL: '', HERMES_NATS_SUBJECTS: 'a', HERMES_NATS_STREAMS: 'A' };

    expect(faults(environment)).toHaveLength(2);
  });
});
