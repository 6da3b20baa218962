import type { Migration } from '../../../stores/index.js';
import { channels } from './0001-channels.js';

/** In the order in which they are run; a new one comes last. */
export const MIGRATIONS: readonly Migration[] = [channels];
