import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ChatConfig } from '../../../src/chat/index.js';
import { PostgresChatStore } from '../../../src/chat/postgres/index.js';
import { Database, PostgresConfig } from '../../../src/stores/index.js';
import { oncePerRun, runDirectory } from '../services/run-directory.js';

// What these tests break is logged like anything else, and would bury what they report.
Logger.overrideLogger(false);

/** An embedded database takes seconds to be made, on a busy machine many. */
export const STORE_TIMEOUT = 120_000;

/** A store on a database that nobody else uses. */
export interface OwnStore {
  readonly store: PostgresChatStore;
  readonly database: Database;
  readonly folder: string;
  /** Closes the database and takes it away. */
  close(): Promise<void>;
}

/**
 * An embedded database with empty tables, ready; whoever asks for it closes it. Give hooks that ask for it
 * {@link STORE_TIMEOUT}.
 */
export async function aStore(config: Partial<ChatConfig> = {}): Promise<OwnStore> {
  const folder = await aDataFolder();
  const opened = await openStore({ dataDir: folder }, config);
  return {
    ...opened,
    folder,
    close: async () => {
      await opened.database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A data folder for an embedded database with empty tables: a copy, since to make one takes long. */
export async function aDataFolder(): Promise<string> {
  const template = await oncePerRun('chat-template', makeTemplate, STORE_TIMEOUT);
  const folder = join(runDirectory(), `chat-${randomUUID()}`);
  await cp(template, folder, { recursive: true });
  return folder;
}

/** A store of one's own on any database, ready; whoever opens it closes the database. */
export async function openStore(
  settings: Partial<PostgresConfig>,
  config: Partial<ChatConfig> = {},
): Promise<{ readonly store: PostgresChatStore; readonly database: Database }> {
  const database = new Database(Object.assign(new PostgresConfig(), settings));
  const store = new PostgresChatStore(database, Object.assign(new ChatConfig(), config));
  database.open();
  await database.ready();
  return { store, database };
}

async function makeTemplate(): Promise<string> {
  const folder = join(runDirectory(), 'chat-template');
  const { database } = await openStore({ dataDir: folder });
  await database.close();
  return folder;
}
