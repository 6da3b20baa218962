import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Where a module named in the environment is: packages and relative paths are looked up from `directory`, not from
 * where Hermes is installed.
 *
 * @throws when there is no such package or file
 */
export function resolveAuthModule(name: string, directory: string): string {
  const require = createRequire(join(directory, 'package.json'));
  try {
    return pathToFileURL(require.resolve(name)).href;
  } catch (error) {
    const entry = importOnlyEntry(name, require.resolve.paths(name) ?? []);
    if (entry === undefined) throw error;
    return pathToFileURL(entry).href;
  }
}

/** The entry of a package that is made for `import` alone, which `require.resolve` refuses to see. */
function importOnlyEntry(name: string, folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    const manifest = readManifest(join(folder, name, 'package.json'));
    if (manifest) {
      const entry = importTarget(manifest.exports);
      return entry === undefined ? undefined : join(folder, name, entry);
    }
  }
  return undefined;
}

function readManifest(path: string): { readonly exports?: unknown } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function importTarget(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (typeof target !== 'object' || target === null) return undefined;
  const conditions = new Map<string, unknown>(Object.entries(target));
  for (const condition of ['.', 'node', 'import', 'default']) {
    const found = importTarget(conditions.get(condition));
    if (found !== undefined) return found;
  }
  return undefined;
}
