import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { readCommandDefinition, type CommandDefinition } from './command-definition.js';
import { Fields } from './fields.js';

/** Commands that are built in and cannot be defined anew. */
const BUILT_IN = ['authentication', 'subscription'];
const NAME = /^[A-Za-z][\w.-]{0,255}$/;

/** The commands of a file, or all that is wrong with it. */
export interface CommandsFile {
  readonly commands: ReadonlyMap<string, CommandDefinition>;
  /** Each begins with the path of what is to be mended. */
  readonly faults: readonly string[];
}

export const NO_COMMANDS: CommandsFile = { commands: new Map(), faults: [] };

/**
 * Reads a JSON or YAML file of commands.
 *
 * @throws when the file cannot be read at all; what is wrong inside of it is in the result
 */
export function readCommandsFile(file: string): CommandsFile {
  return readCommands(readText(file));
}

export function readCommands(text: string): CommandsFile {
  const faults: string[] = [];
  const document = parseDocument(text, { prettyErrors: true });
  for (const { message } of document.errors) faults.push(message.split('\n')[0] ?? message);
  if (faults.length > 0) return { commands: new Map(), faults };
  const fields = new Fields(document.toJS(), '', faults);
  const commands = new Map<string, CommandDefinition>();
  for (const [name, value] of fields.entries('commands')) {
    const path = `commands.${name}`;
    if (!NAME.test(name)) faults.push(`${path} must be named with a letter, then letters, digits, _ . or -`);
    if (BUILT_IN.includes(name)) faults.push(`${path} is built in and cannot be defined`);
    commands.set(name, readCommandDefinition(name, new Fields(value, path, faults)));
  }
  fields.refuseOthers();
  return { commands, faults: [...new Set(faults)] };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new Error(`must be the path of a readable JSON or YAML file (${reason})`, { cause: error });
  }
}
