import type { SessionProtocol } from '../../sessions/index.js';
import type { Command } from './command.js';
import type { Refusal } from './refusal.js';

/** A frame that was read, or the sentence that tells its sender what is wrong with it. */
export type DecodedFrame =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly id: string | number | undefined; readonly reason: string };

/**
 * How one gateway talks with its clients: pure functions between frames and commands.
 *
 * **Called** `decode` once a frame; then exactly one of `reply` and `refusal`. Both return what goes
 * out: an object as JSON, a string as it is.
 * **Guarantees** asked of you: nothing throws, whatever the client sent; no part of a frame is echoed but its id.
 */
export interface Dialect extends SessionProtocol {
  /** On WebSocket a session that loses its identity stays, anonymous. */
  readonly identityExpired: Buffer | undefined;
  /** The command that answers a ping: it waits for none that came before it. */
  readonly pong?: string;
  decode(text: string): DecodedFrame;
  /** @returns undefined where the dialect answers with silence */
  reply(command: Command, result: unknown): object | string | undefined;
  /** @param command undefined when the frame was none */
  refusal(command: Pick<Command, 'id'> & Partial<Command>, refusal: Refusal): object | string;
}
