import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const FOLDER = '.hermes';
/** As `randomBytes(32)` is written in base64url. */
const SECRET = /^[\w-]{43}$/;

/**
 * Settings with which `npm start` has chat and users without anything else, where the operator has said nothing about
 * them: a database in `.hermes/data`, and tokens signed with a secret that stays in `.hermes/secret`.
 *
 * @param {Readonly<Record<string, string | undefined>>} environment what the operator has said; empty is said, too
 * @param {string} folder the working folder
 * @returns {Record<string, string>} variables to add
 * @throws {Error} with a sentence for the operator, when the secret is there and cannot be used
 */
export function localChat(environment, folder) {
  const isSet = (name) => environment[name] !== undefined;
  // An embedded database serves one process.
  const embedded = !isSet('HERMES_POSTGRES_URL') && !isSet('HERMES_DATA_DIR') && !hasWorkers(environment);
  const knowsNobody = !isSet('HERMES_AUTH_PROVIDERS') && !isSet('HERMES_AUTH_MODULES');
  if (!embedded && !knowsNobody) return {};
  if (!canKeep(join(folder, FOLDER))) {
    console.error(`${FOLDER} cannot be written here: Hermes starts without chat and without users of its own`);
    return {};
  }
  return {
    ...(embedded && { HERMES_DATA_DIR: join(FOLDER, 'data') }),
    ...(knowsNobody && { HERMES_AUTH_PROVIDERS: providers(environment, secretIn(join(folder, FOLDER))) }),
  };
}

function hasWorkers({ HERMES_WORKERS: workers = '' }) {
  return workers.trim() === 'auto' ? availableParallelism() > 1 : !['', '1'].includes(workers.trim());
}

function providers({ HERMES_CHAT_ORIGIN: origin = '' }, secret) {
  return JSON.stringify({ [origin.trim() || 'user']: { type: 'jwt', secret } });
}

/** Where nothing can be kept, as in a read-only container, Hermes runs without chat, as it does without `npm start`. */
function canKeep(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o700);
    const probe = join(folder, `probe-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
    return true;
  } catch {
    return false;
  }
}

/** Made once; two that start at the same moment come to the same one, and nobody ever reads half of it, after a crash either. */
function secretIn(folder) {
  const file = join(folder, 'secret');
  const draft = join(folder, `secret-${process.pid}`);
  try {
    writeDraft(draft, randomBytes(32).toString('base64url'));
    linkSync(draft, file);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    chmodSync(file, 0o600);
  } finally {
    rmSync(draft, { force: true });
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (SECRET.test(secret)) return secret;
  throw new Error(`${join(FOLDER, 'secret')} is not as Hermes made it: take it away, and another is made`);
}

/** On the disk, before anything leads to it; whatever an earlier process of the same number left is not used. */
function writeDraft(path, text) {
  rmSync(path, { force: true });
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
