import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ConfigurationError } from '../config/index.js';
import { resolveAuthModule } from './resolve-auth-module.js';

/**
 * What the operator is told of an error that comes out of the code of another team while Hermes starts.
 *
 * @param names the entries of `HERMES_AUTH_MODULES`
 * @returns the error itself when none of them has to do with it
 */
export function extensionFault(error: unknown, names: readonly string[], directory = process.cwd()): unknown {
  if (!(error instanceof Error) || error instanceof ConfigurationError || names.length === 0) return error;
  if (error.constructor.name === 'UnknownDependenciesException') {
    return new ConfigurationError([
      `HERMES_AUTH_MODULES: ${names.join(' or ')} asks for what nobody provides: ${firstLine(error.message)}`,
    ]);
  }
  const place = (error.stack ?? '').split('\n').find((line) => names.some((name) => isWithin(name, directory, line)));
  const name = names.find((one) => place !== undefined && isWithin(one, directory, place));
  if (place === undefined || name === undefined) return error;
  return new ConfigurationError([
    `HERMES_AUTH_MODULES: ${name} cannot be started: ${firstLine(error.message)} (${place.trim()})`,
  ]);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.trim() ?? '';
}

function isWithin(name: string, directory: string, line: string): boolean {
  try {
    const folder = folderOf(fileURLToPath(resolveAuthModule(name, directory)));
    return line.includes(`${pathToFileURL(folder).href}/`) || line.includes(join(folder, '/'));
  } catch {
    return false;
  }
}

/** The folder of the package that a file is in; its own folder where there is no package. */
function folderOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return dirname(file);
}
