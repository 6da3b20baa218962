import type { Terminal } from '../terminal.js';
import { Log } from './log.js';

/** A terminal that remembers what was written to it. */
export class TestTerminal implements Terminal {
  readonly colours = false;
  readonly printed = new Log<string>();
  readonly said = new Log<string>();
  #interrupted: (() => void) | undefined;

  constructor(
    readonly folder: string,
    private readonly input = '',
  ) {}

  print(line: string): void {
    this.printed.push(line);
  }

  say(line: string): void {
    this.said.push(line);
  }

  read(): Promise<string> {
    return Promise.resolve(this.input);
  }

  onInterrupt(callback: () => void): void {
    this.#interrupted = callback;
  }

  /** The user presses Ctrl-C. */
  interrupt(): void {
    this.#interrupted?.();
  }
}
