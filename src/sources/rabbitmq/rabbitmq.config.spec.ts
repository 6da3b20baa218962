import { ConfigurationError, readSettings } from '../../config/index.js';
import { RabbitMqConfig } from './rabbitmq.config.js';

function read(environment: Readonly<Record<string, string>>): RabbitMqConfig {
  return readSettings(environment, [RabbitMqConfig])['RabbitMqConfig'] as RabbitMqConfig;
}

function faults(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    read(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

function exchangeFaults(exchanges: string): readonly string[] {
  return faults({ HERMES_RABBITMQ_URI: 'amqp://broker', HERMES_RABBITMQ_EXCHANGES: exchanges });
}

describe('RabbitMqConfig', () => {
  it('is off when nothing is set', () => {
    expect(read({})).toMatchObject({ uri: '', exchanges: [], declare: true, prefetch: 500, watchdog: 5_000 });
  });

  it('reads exchanges with their types and routing keys', () => {
    const environment = {
      HERMES_RABBITMQ_URI: 'amqp://broker',
      HERMES_RABBITMQ_EXCHANGES: 'news, orders:topic:eu.#,orders:topic:us.#, logs:direct:a:b, hash:x-consistent-hash:1',
    };

    expect(read(environment).exchanges).toEqual([
      { name: 'news', type: 'fanout', routingKey: '#' },
      { name: 'orders', type: 'topic', routingKey: 'eu.#' },
      { name: 'orders', type: 'topic', routingKey: 'us.#' },
      { name: 'logs', type: 'direct', routingKey: 'a:b' },
      { name: 'hash', type: 'x-consistent-hash', routingKey: '1' },
    ]);
  });

  it.each([
    ['news,,sports', 'entry "": the name of the exchange is missing'],
    [':topic', 'entry ":topic": the name of the exchange is missing'],
    ['news:fnout', 'entry "news:fnout": the type must be'],
    ['news:direct', 'entry "news:direct": a direct exchange needs a routing key'],
    ['***', 'entry "***": *** means every channel'],
    ['hermes.events', 'entry "hermes.events": hermes.events is Hermes\'s own'],
    ['ws_status', 'entry "ws_status": ws_status is a channel of Hermes\'s own'],
    ['chat:topic:#', 'entry "chat:topic:#": chat is a channel of Hermes\'s own'],
    ['hermes.news', 'entry "hermes.news": hermes.news is a channel of Hermes\'s own'],
    ['news,news', 'entry "news": repeats an earlier entry'],
    ['news,news:topic', 'entry "news:topic": news is fanout in an earlier entry'],
    ['é'.repeat(128), 'the name is longer than 255 bytes'],
  ])('refuses the exchanges %p', (exchanges, fault) => {
    expect(exchangeFaults(exchanges)).toEqual([expect.stringContaining(fault)]);
  });

  it('reports every bad entry at once', () => {
    expect(exchangeFaults('a:b,c:d')[0]).toMatch(/entry "a:b".*entry "c:d"/);
  });

  it('takes several brokers', () => {
    expect(read({ HERMES_RABBITMQ_URI: 'amqp://one, amqps://two' }).uris).toEqual(['amqp://one', 'amqps://two']);
  });

  it.each(['http://broker', 'broker:5672', 'amqp://', 'amqp://one,two', ',', 'amqp://a:100%b@c'])(
    'refuses the URI %p',
    (uri) => {
      expect(faults({ HERMES_RABBITMQ_URI: uri })).toHaveLength(1);
    },
  );

  it('repeats no password in a fault', () => {
    expect(faults({ HERMES_RABBITMQ_URI: 'http://user:hunter2@broker' }).join('')).not.toContain('hunter2');
  });

  it('refuses exchanges without a broker', () => {
    expect(faults({ HERMES_RABBITMQ_EXCHANGES: 'news' })).toEqual([
      'HERMES_RABBITMQ_EXCHANGES: is of no use without HERMES_RABBITMQ_URI',
    ]);
  });

  it('refuses an unbounded prefetch', () => {
    expect(faults({ HERMES_RABBITMQ_PREFETCH: '0' })).toHaveLength(1);
  });
});
