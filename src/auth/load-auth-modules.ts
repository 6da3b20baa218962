import type { DynamicModule, Type } from '@nestjs/common';
import { ConfigurationError } from '../config/index.js';
import { ownConfigService } from './own-config-service.js';
import { resolveAuthModule } from './resolve-auth-module.js';

/** A Nest module of another team. */
export type AuthExtension = Type | DynamicModule;

export interface ModuleSource {
  /** Where packages and relative paths are looked up. */
  readonly directory: string;
  import(url: string): Promise<unknown>;
}

const MODULE_METADATA = ['imports', 'providers', 'controllers', 'exports'];
const HERE: ModuleSource = { directory: process.cwd(), import: (url) => import(url) };

/**
 * Imports the modules named in `HERMES_AUTH_MODULES`.
 *
 * @throws {ConfigurationError} with one fault for each name that leads to no Nest module
 */
export async function loadAuthModules(
  names: readonly string[],
  source: ModuleSource = HERE,
): Promise<readonly AuthExtension[]> {
  const faults: string[] = [];
  const modules: AuthExtension[] = [];
  for (const name of names) {
    const found = await load(name, source).catch((error: unknown) => `cannot be loaded (${reasonOf(error)})`);
    if (typeof found === 'string') faults.push(`HERMES_AUTH_MODULES: ${name} ${found}`);
    else modules.push(...found);
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return modules;
}

/** The one Nest module behind a name, with what it takes to run here, or what is wrong with it. */
async function load(name: string, source: ModuleSource): Promise<readonly AuthExtension[] | string> {
  let url: string;
  try {
    url = resolveAuthModule(name, source.directory);
  } catch {
    const fix = /^[./]/.test(name) ? 'correct the path' : 'install the package, or start a path with ./';
    return `is not there, seen from ${source.directory}: ${fix}`;
  }
  const found = moduleIn(await source.import(url));
  if (typeof found === 'string') return found;
  const configService = await ownConfigService(url, (copy) => source.import(copy));
  return configService ? [found, configService] : [found];
}

function moduleIn(exported: unknown): AuthExtension | string {
  const preferred = defaultOf(exported);
  if (isNestModule(preferred)) return preferred;
  const candidates = [...new Set([exported, preferred].flatMap(valuesOf).filter(isNestModule))];
  const [only] = candidates;
  if (only && candidates.length === 1) return only;
  return candidates.length === 0
    ? 'exports no Nest module: make the class with @Module its default export'
    : `exports ${candidates.length} Nest modules: make one of them its default export`;
}

/** CommonJS compiled from a default export arrives wrapped twice. */
function defaultOf(exported: unknown): unknown {
  const outer = Object(exported).default;
  return isNestModule(outer) ? outer : (Object(outer).default ?? outer);
}

function valuesOf(exported: unknown): unknown[] {
  return typeof exported === 'object' && exported !== null ? Object.values(exported) : [];
}

function isNestModule(value: unknown): value is AuthExtension {
  if (typeof value === 'function') return MODULE_METADATA.some((key) => Reflect.hasMetadata(key, value));
  return typeof value === 'object' && value !== null && 'module' in value && typeof value.module === 'function';
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
