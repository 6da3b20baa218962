export type { CommandDefinition, Method } from './command-definition.js';
export { NO_COMMANDS, readCommands, readCommandsFile, type CommandsFile } from './commands-file.js';
export { readOptions } from './read-options.js';
export type { Scope } from './template.js';
