import { readSettings } from '../../config/index.js';
import { KafkaConfig } from './kafka.config.js';

function read(environment: Readonly<Record<string, string>>): KafkaConfig {
  return readSettings(environment, [KafkaConfig])['KafkaConfig'] as KafkaConfig;
}

describe('KafkaConfig', () => {
  it('needs nothing when there is no Kafka', () => {
    expect(read({})).toMatchObject({ brokers: [], topics: [], ssl: false });
  });

  it('reads several brokers', () => {
    const config = read({ HERMES_KAFKA_BROKERS: 'one:9092, [::1]:9093,10.0.0.1:9094', HERMES_KAFKA_TOPICS: 'news' });

    expect(config.brokers).toEqual(['one:9092', '[::1]:9093', '10.0.0.1:9094']);
  });

  it.each(['one', 'one:', 'one:0', 'one:65536', 'kafka://one:9092', 'one:9092:9093', ':9092'])(
    'refuses the broker %p',
    (address) => {
      expect(() => read({ HERMES_KAFKA_BROKERS: address, HERMES_KAFKA_TOPICS: 'news' })).toThrow(
        'HERMES_KAFKA_BROKERS: must be host:port',
      );
    },
  );

  it.each([
    [{ HERMES_KAFKA_TOPICS: 'news' }, 'HERMES_KAFKA_TOPICS: is of no use without HERMES_KAFKA_BROKERS'],
    [{ HERMES_KAFKA_BROKERS: 'one:9092' }, 'HERMES_KAFKA_BROKERS: is of no use without HERMES_KAFKA_TOPICS'],
    [{ HERMES_KAFKA_USERNAME: 'u' }, 'one is of no use without the other'],
    [{ HERMES_KAFKA_TLS_CA: 'ca.pem' }, 'HERMES_KAFKA_TLS_CA: is of no use without HERMES_KAFKA_SSL=true'],
    [{ HERMES_KAFKA_SSL: 'true', HERMES_KAFKA_TLS_CERT: '/absent' }, 'HERMES_KAFKA_TLS_CERT and HERMES_KAFKA_TLS_KEY'],
    [{ HERMES_KAFKA_MECHANISM: 'gssapi' }, 'HERMES_KAFKA_MECHANISM: must be one of'],
  ])('refuses %p', (environment, fault) => {
    expect(() => read(environment)).toThrow(fault);
  });

  it('does not repeat the password', () => {
    expect(() => read({ HERMES_KAFKA_PASSWORD: 'hunter2' })).toThrow(/^((?!hunter2)[\s\S])*$/);
  });
});
