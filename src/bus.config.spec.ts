import { settingsFrom } from './settings.js';

const RABBITMQ = { HERMES_RABBITMQ_URI: 'amqp://broker' };
const NATS = { HERMES_NATS_URL: 'nats://server' };

function kindOf(environment: Readonly<Record<string, string>>): string {
  const { BusConfig: bus } = settingsFrom(environment) as { BusConfig: { kindOn(brokers: object): string } };
  return bus.kindOn({ rabbitmq: 'HERMES_RABBITMQ_URI' in environment, nats: 'HERMES_NATS_URL' in environment });
}

describe('HERMES_BUS', () => {
  it.each([
    ['memory', {}],
    ['rabbitmq', RABBITMQ],
    ['nats', NATS],
    ['rabbitmq', { ...RABBITMQ, ...NATS }],
    ['nats', { ...RABBITMQ, ...NATS, HERMES_BUS: 'nats' }],
    ['memory', { ...RABBITMQ, HERMES_BUS: 'memory' }],
  ])('is %s with %p', (kind, environment) => {
    expect(kindOf(environment)).toBe(kind);
  });

  it.each([
    ['rabbitmq needs HERMES_RABBITMQ_URI', { ...NATS, HERMES_BUS: 'rabbitmq' }],
    ['nats needs HERMES_NATS_URL', { ...RABBITMQ, HERMES_BUS: 'nats' }],
    ['must be rabbitmq, nats or memory', { HERMES_BUS: 'kafka' }],
  ])('is refused: %s', (sentence, environment) => {
    expect(() => settingsFrom(environment)).toThrow(`HERMES_BUS: ${sentence}`);
  });
});
