import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { LogConfig } from './log.config.js';

/** Contexts in which the framework tells what it wires: of interest to those who extend Hermes, not to those who run it. */
const FRAMEWORK = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
  'WebSocketsController',
]);

/** Who in the framework tells of an error of the start and throws it on: whoever catches it tells the operator what to do. */
const RETHROWN = 'ExceptionHandler';

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/**
 * Nest's logger on pino. An event is logged as `logger.log('source.connected', { source: 'rabbitmq' })`: its dotted name
 * becomes `event`, the fields stay flat, the class becomes `context`.
 */
export class PinoLogger implements LoggerService {
  readonly #pino: Logger;

  constructor(config: Pick<LogConfig, 'level' | 'format'>, destination?: DestinationStream) {
    const options = { level: config.level, messageKey: 'event', base: null };
    const pretty = config.format === 'pretty' || (config.format === 'auto' && process.stdout.isTTY);
    this.#pino = pino(options, destination ?? (pretty ? prettyStream() : pino.destination({ sync: true })));
  }

  verbose(message: unknown, ...details: unknown[]): void {
    this.#write('trace', message, details);
  }

  debug(message: unknown, ...details: unknown[]): void {
    this.#write('debug', message, details);
  }

  log(message: unknown, ...details: unknown[]): void {
    this.#write('info', message, details);
  }

  warn(message: unknown, ...details: unknown[]): void {
    this.#write('warn', message, details);
  }

  error(message: unknown, ...details: unknown[]): void {
    this.#write('error', message, details);
  }

  fatal(message: unknown, ...details: unknown[]): void {
    this.#write('fatal', message, details);
  }

  /** Nest appends the context as the last argument; an object before it holds our fields, a string a stack. */
  #write(level: Level, message: unknown, details: readonly unknown[]): void {
    const context = details.at(-1);
    const rest = details.slice(0, -1);
    const fields = rest.find((detail) => typeof detail === 'object' && detail !== null) ?? {};
    const stack = message instanceof Error ? message.stack : rest.find((detail) => typeof detail === 'string');
    const isFramework = level === 'info' ? FRAMEWORK.has(String(context)) : context === RETHROWN;
    const least = isFramework ? 'debug' : level;
    const event = message instanceof Error ? message.message : String(message);
    this.#pino[least]({ context, ...fields, ...(stack === undefined ? undefined : { stack }) }, event);
  }
}

function prettyStream(): DestinationStream {
  return PinoPretty({ messageKey: 'event', ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l', sync: true });
}
