import { PinoLogger } from './pino-logger.js';

/** A logger and the lines that it wrote, without their times. */
function aLogger(level = 'trace') {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (text: string) => {
      const { time, ...line } = JSON.parse(text) as Record<string, unknown>;
      expect(time).toEqual(expect.any(Number));
      lines.push(line);
    },
  };
  return { logger: new PinoLogger({ level, format: 'json' }, destination), lines };
}

describe('PinoLogger', () => {
  it('writes the name of an event, its fields and where it comes from, flat', () => {
    const { logger, lines } = aLogger();

    logger.log('source.connected', { source: 'rabbitmq', attempts: 3 }, 'RabbitMqSource');

    expect(lines).toEqual([
      { level: 30, context: 'RabbitMqSource', source: 'rabbitmq', attempts: 3, event: 'source.connected' },
    ]);
  });

  it('writes an event without fields', () => {
    const { logger, lines } = aLogger();

    logger.log('shutdown.started', 'ShutdownSequence');

    expect(lines).toEqual([{ level: 30, context: 'ShutdownSequence', event: 'shutdown.started' }]);
  });

  it('writes each of Nest’s levels as the one of pino that means the same', () => {
    const { logger, lines } = aLogger();
    for (const level of ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] as const) logger[level](level, 'Spec');

    expect(lines.map(({ event, level }) => [event, level])).toEqual([
      ['verbose', 10],
      ['debug', 20],
      ['log', 30],
      ['warn', 40],
      ['error', 50],
      ['fatal', 60],
    ]);
  });

  it('writes the stack that Nest gives with an error', () => {
    const { logger, lines } = aLogger();

    logger.error('it broke', 'Error: it broke\n    at there', 'ExceptionsHandler');

    expect(lines).toEqual([
      { level: 50, context: 'ExceptionsHandler', stack: 'Error: it broke\n    at there', event: 'it broke' },
    ]);
  });

  it('keeps what is below its level to itself', () => {
    const { logger, lines } = aLogger('warn');

    logger.log('too quiet', 'Spec');
    logger.warn('loud enough', 'Spec');

    expect(lines.map(({ event }) => event)).toEqual(['loud enough']);
  });

  it('takes what the framework says of its wiring for details', () => {
    const { logger, lines } = aLogger('info');

    logger.log('AppModule dependencies initialized', 'InstanceLoader');
    logger.warn('this matters', 'InstanceLoader');

    expect(lines.map(({ event }) => event)).toEqual(['this matters']);
  });
});
