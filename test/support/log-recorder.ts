import { Logger, type LoggerService } from '@nestjs/common';

/** Takes the place of Nest's logger and keeps every entry, as one line of text each. */
export class LogRecorder implements LoggerService {
  readonly lines: string[] = [];

  /** In use until the next `Logger.overrideLogger`. */
  static install(): LogRecorder {
    const recorder = new LogRecorder();
    Logger.overrideLogger(recorder);
    return recorder;
  }

  /** The entries with this event name. */
  of(name: string): readonly string[] {
    return this.lines.filter((line) => line.startsWith(name));
  }

  log = (...entry: unknown[]): void => this.#keep(entry);
  error = (...entry: unknown[]): void => this.#keep(entry);
  warn = (...entry: unknown[]): void => this.#keep(entry);
  debug = (...entry: unknown[]): void => this.#keep(entry);
  verbose = (...entry: unknown[]): void => this.#keep(entry);

  #keep(entry: readonly unknown[]): void {
    this.lines.push(entry.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' '));
  }
}
