import { Command, CommanderError } from 'commander';
import { addChatCommands } from './chat/chat.command.js';
import { addHealthCommand } from './health.command.js';
import { addListenCommand } from './listen.command.js';
import { addPublishCommand } from './publish.command.js';
import type { Terminal } from './terminal.js';
import { addTokenCommand } from './token.command.js';

/**
 * Runs one `hermes` command line.
 *
 * @param args what comes after the program's name
 * @returns the exit code: 0, or 1 when the command failed or was not understood, said on standard error
 */
export async function runHermes(args: readonly string[], terminal: Terminal, version: string): Promise<number> {
  let exitCode = 0;
  const finish = (code: number): void => {
    exitCode = code;
  };
  const program = new Command('hermes')
    .description('look at what is going on in Hermes')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.say(text.trimEnd()),
    });
  addListenCommand(program, terminal, finish);
  addPublishCommand(program, terminal, finish);
  addTokenCommand(program, terminal, finish);
  addChatCommands(program, terminal, finish);
  addHealthCommand(program, terminal, finish);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    finish(error.exitCode);
  }
  return exitCode;
}
