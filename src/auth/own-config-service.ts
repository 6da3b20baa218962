import { fileURLToPath } from 'node:url';
import { dirname } from 'node:path';
import type { DynamicModule, Type } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { resolveAuthModule } from './resolve-auth-module.js';

/**
 * A package that is installed somewhere else brings a copy of `@nestjs/config`, whose `ConfigService` is another class: what
 * it injects by that class is ours as well.
 *
 * @param entry the file of the package that was loaded
 * @returns undefined when it has no copy of its own
 */
export async function ownConfigService(
  entry: string,
  load: (url: string) => Promise<unknown>,
): Promise<DynamicModule | undefined> {
  let theirs: unknown;
  try {
    const copy = resolveAuthModule('@nestjs/config', dirname(fileURLToPath(entry)));
    theirs = Object(await load(copy)).ConfigService;
  } catch {
    return undefined;
  }
  if (typeof theirs !== 'function' || theirs === ConfigService) return undefined;
  return {
    module: class OwnConfigService {},
    global: true,
    providers: [{ provide: theirs as Type, useExisting: ConfigService }],
    exports: [theirs as Type],
  };
}
