import { IsArray, IsInt, Length, Matches, Max, Min } from 'class-validator';
import { Setting, byteSize, commaList, duration } from '../../config/index.js';
import { NO_COMMANDS, readCommandsFile, type CommandsFile } from './definition/index.js';

/** The gateway for clients of wss. */
export class CommandsConfig {
  @Setting(
    'HERMES_COMMANDS_PATHS',
    'where clients of the commands dialect connect, comma separated; unset: /_ws/commands, /web and /mobile',
    { parse: commaList },
  )
  @IsArray()
  @Matches(/^\/[^\s?#]*$/, { each: true, message: 'must be paths such as /web' })
  readonly paths: readonly string[] = ['/_ws/commands', '/web', '/mobile'];

  @Setting('HERMES_COMMANDS_ORIGIN', 'origin whose AuthProvider answers the command `authentication`')
  @Length(1, 256)
  readonly origin: string = 'user';

  @Setting('HERMES_COMMANDS_FILE', 'JSON or YAML file that defines the commands of back ends', {
    parse: readCommandsFile,
  })
  readonly file: CommandsFile = NO_COMMANDS;

  @Setting('HERMES_COMMANDS_FEED', 'channel whose events say that the data of live queries has changed')
  @Length(1, 256)
  readonly feed: string = 'wss';

  /** Milliseconds. */
  @Setting('HERMES_COMMANDS_TIMEOUT', 'how long a back end may take for a command', { parse: duration })
  @Min(1, { message: 'must be at least 1ms' })
  @Max(600_000, { message: 'must be at most 10m' })
  readonly timeout: number = 5_000;

  @Setting('HERMES_COMMANDS_CONCURRENCY', 'requests at a time to one back end')
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly concurrency: number = 256;

  @Setting('HERMES_COMMANDS_QUEUE', 'requests to one back end that may wait for their turn')
  @IsInt()
  @Min(0)
  @Max(100_000)
  readonly queue: number = 1_000;

  @Setting('HERMES_COMMANDS_MAX_ANSWER', 'largest answer of a back end', { parse: byteSize })
  @IsInt()
  @Min(1)
  readonly maxAnswer: number = 512 * 1024;

  /** Whether there is a file of commands: without one nobody listens to the feed. */
  get on(): boolean {
    return this.file !== NO_COMMANDS;
  }

  /** What is wrong inside of the file, and between it and the other settings. */
  faults(): string[] {
    const strangers = [...this.file.commands.values()].flatMap(({ name, paths = [] }) =>
      paths
        .filter((path) => !this.paths.includes(path))
        .map((path) => `commands.${name}.paths: ${path} is not in HERMES_COMMANDS_PATHS`),
    );
    return [...this.file.faults, ...strangers].map((fault) => `HERMES_COMMANDS_FILE: ${fault}`);
  }
}
