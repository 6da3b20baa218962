import { constants, type ServerHttp2Stream } from 'node:http2';
import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerListener,
} from '@grpc/grpc-js';
import { ChatRefusal } from '../model/index.js';
import type { GrpcStats } from './grpc-stats.js';
import { GrpcRefusal, statusOf } from './grpc-status.js';
import type { GrpcTimes } from './grpc-times.js';
import { UnreadableMessage } from './readable-message.js';
import { wireCallOf } from './wire-call.js';

const ACCEPTED = 'grpc-accept-encoding';
const TOO_LATE = new GrpcRefusal('DEADLINE_EXCEEDED', 'the message of the call did not come');

interface Guard {
  /** Resolves when the call is let in. @throws {ChatRefusal} @throws {GrpcRefusal} */
  readonly judge: (metadata: Metadata) => Promise<void>;
  readonly stats: GrpcStats;
  readonly times: GrpcTimes;
}

/** A call of which nothing is read until its metadata have been judged, and which does not wait for what never comes. */
export class GuardedCall {
  readonly #name: string;
  readonly #stream: ServerHttp2Stream;
  #clock: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(
    { path, requestStream }: Parameters<ServerInterceptor>[0],
    private readonly call: ServerInterceptingCallInterface,
    private readonly guard: Guard,
  ) {
    this.#name = path.slice(path.lastIndexOf('/') + 1);
    this.#stream = wireCallOf(call).stream;
    this.#stream.once('close', () => clearTimeout(this.#clock));
    // A stream of events is a session, with limits of its own.
    if (!requestStream) this.#wait(guard.times.message, () => this.#refuse(TOO_LATE));
  }

  /** What grpc-js goes on with. */
  get guarded(): ServerInterceptingCall {
    return new ServerInterceptingCall(this.call, {
      start: (go) => go(this.#listener),
      sendMetadata: (metadata, go) => go(withEncoding(metadata)),
    });
  }

  get #listener(): ServerListener {
    return {
      onReceiveMetadata: (metadata, go) => void this.#admit(metadata, go),
      onReceiveMessage: (message: unknown, go) => {
        if (message instanceof UnreadableMessage) this.#refuse(new ChatRefusal('INVALID_ARGUMENT', message.sentence));
        else go(message);
      },
      onReceiveHalfClose: (go) => {
        clearTimeout(this.#clock);
        go();
      },
      onCancel: () => {
        this.#isOver = true;
      },
    };
  }

  async #admit(metadata: Metadata, go: (metadata: Metadata) => void): Promise<void> {
    const fault = await this.guard.judge(metadata).catch((error: unknown) => ({ error }));
    if (this.#isOver) this.guard.stats.count(this.#name, 'over');
    else if (fault !== undefined) this.#refuse(fault.error);
    else go(metadata);
  }

  #refuse(error: unknown): void {
    const { stats, times } = this.guard;
    stats.countFailure(this.#name, error);
    this.call.sendStatus({ ...statusOf(error), metadata: withEncoding(new Metadata()) });
    // What its client has sent by now is thrown away; whatever else it would send is not waited for.
    this.#wait(times.farewell, () => this.#stream.close(constants.NGHTTP2_NO_ERROR));
  }

  #wait(milliseconds: number, act: () => void): void {
    clearTimeout(this.#clock);
    this.#clock = setTimeout(act, milliseconds);
  }
}

/** In which form messages are taken. */
function withEncoding(metadata: Metadata): Metadata {
  metadata.set(ACCEPTED, 'identity');
  return metadata;
}
