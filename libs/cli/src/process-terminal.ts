import { text } from 'node:stream/consumers';
import type { Terminal } from './terminal.js';

/** The terminal this process was started from. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  stdout.on('error', leaveWhenNobodyReads);
  return {
    colours: stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    folder: process.cwd(),
    print: (line) => void stdout.write(`${line}\n`),
    say: (line) => void stderr.write(`${line}\n`),
    read: () => {
      if (stdin.isTTY) stderr.write('type it, then Ctrl-D on a line of its own\n');
      return text(stdin);
    },
    onInterrupt: (callback) => {
      process.once('SIGINT', callback);
      process.once('SIGTERM', callback);
    },
  };
}

/** `hermes listen | head -1` has what it wants. */
function leaveWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
