import type { ChatConfig } from '../../../../src/chat/index.js';
import type { PostgresChatStore } from '../../../../src/chat/postgres/index.js';

/** A store in the hands of a suite. */
export interface Opened {
  readonly store: PostgresChatStore;
  close(): Promise<void>;
}

/** Opens one more store on the database of the suite. */
export type OpenStore = (config?: Partial<ChatConfig>) => Promise<Opened>;
