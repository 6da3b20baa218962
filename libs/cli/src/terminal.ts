/** What a command sees of the world around it. */
export interface Terminal {
  /** Whether standard output shows colours. */
  readonly colours: boolean;
  /** The folder the user is in. */
  readonly folder: string;
  /** Writes one line of results to standard output. */
  print(line: string): void;
  /** Writes one line about what goes on to standard error. */
  say(line: string): void;
  /** Everything on standard input. */
  read(): Promise<string>;
  /** Calls back at the user's first wish to stop, which then no longer ends the process; the second one does. */
  onInterrupt(callback: () => void): void;
}
