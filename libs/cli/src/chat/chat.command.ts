import { Option, type Command } from 'commander';
import { toCount } from '../to-count.js';
import type { Terminal } from '../terminal.js';
import type { ChatOptions } from './chat-target.js';
import type { ListenOptions } from './listen.js';
import type { SendOptions } from './send.js';

/** @param finish gets the exit code */
export function addChatCommands(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const chat = program.command('chat').description('talk with other users in durable channels');
  // gRPC takes a moment to load, which whoever does not chat need not wait for.
  subcommand(chat, 'send', 'send a message: `send <recipient> <text>`, or `send --channel <id> <text>`')
    .argument('<words...>', 'whom to (unless --channel says it), and the text; - reads it from standard input')
    .option('--channel <id>', 'to a channel, not to a user')
    .action(async (words: readonly string[], _options: SendOptions, command: Command) => {
      const { send } = await import('./send.js');
      finish(await send(words, optionsOf<SendOptions>(command), terminal));
    });
  subcommand(chat, 'listen', 'show messages as they come, those that were missed first')
    .option('--all', 'show receipts, members, presence and typing too')
    .option('--read', 'mark what is shown as read, not only as delivered')
    .option('--count <n>', 'leave after n lines', toCount)
    .option('--no-reconnect', 'leave when the connection is lost or cannot be made')
    .action(async (_options: ListenOptions, command: Command) => {
      const { listen } = await import('./listen.js');
      finish(await listen(optionsOf<ListenOptions>(command), terminal));
    });
  subcommand(chat, 'channels', 'list your channels, those with the newest entry first').action(
    async (_options: ChatOptions, command: Command) => {
      const { channels } = await import('./channels.js');
      finish(await channels(optionsOf<ChatOptions>(command), terminal));
    },
  );
}

function subcommand(chat: Command, name: string, description: string): Command {
  return chat
    .command(name)
    .description(description)
    .option('--grpc <host:port>', 'gRPC server; grpcs://host:port is the same with --tls')
    .addOption(new Option('--token <jwt>', 'token that says who you are').env('HERMES_TOKEN'))
    .option('--as <user>', 'be this user, for a server that `npm start` runs in this folder')
    .option('--tls', 'speak TLS with the server')
    .option('--json', 'print what came as JSON, one a line');
}

function optionsOf<Options extends ChatOptions>(command: Command): Options {
  const tokenFromEnvironment = command.getOptionValueSource('token') === 'env';
  return { ...command.opts<Options>(), tokenFromEnvironment };
}
