import { constants, type ServerHttp2Stream } from 'node:http2';
import { Metadata } from '@grpc/grpc-js';
import { CloseCode, type Connection } from '../../sessions/index.js';
import { admissionOf } from './admission.js';
import type { EventCall } from './grpc-call.js';
import { statusOfClosing } from './grpc-status.js';

/** Bytes that the stream may hold as a socket would, before its client counts as one that does not read. */
const SLACK = 16 * 1024;

/** Milliseconds a client has to read what was sent to it and why it was ended. */
const LINGER = 5_000;

/** A stream of gRPC as a session's connection. Frames come ready-made and go straight to the HTTP/2 stream. */
export class GrpcConnection implements Connection {
  readonly #stream: ServerHttp2Stream;
  #leaving = 0;
  #afterWrites: (() => void) | undefined;
  #linger: NodeJS.Timeout | undefined;

  /** @param ended called once, when nothing more comes or goes, whoever ended it */
  constructor(
    private readonly call: EventCall,
    ended: () => void,
  ) {
    this.#stream = admissionOf(call).stream;
    // Whatever goes wrong with a stream ends it, which is what counts.
    this.#stream.on('error', () => undefined);
    this.#stream.once('close', () => {
      clearTimeout(this.#linger);
      this.#afterWrites = undefined;
      ended();
    });
    call.sendMetadata(new Metadata());
  }

  write(bytes: Buffer): number {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed || stream.writableEnded) return 0;
    if (bytes.length > 0) {
      this.#leaving++;
      stream.write(bytes, this.#left);
    }
    const backlog = stream.writableLength;
    return backlog > SLACK ? backlog : 0;
  }

  afterWrites(callback: () => void): void {
    this.#afterWrites = callback;
  }

  close(code: number, reason: string): void {
    const slow = code === CloseCode.tooSlow;
    // The code that clients take for RESOURCE_EXHAUSTED, when they do not read the status either.
    this.#endWithin(slow ? constants.NGHTTP2_ENHANCE_YOUR_CALM : constants.NGHTTP2_CANCEL);
    // This is how a stream of grpc-js is given its status; it goes out behind everything written before.
    this.call.emit('error', statusOfClosing(code, reason));
  }

  /** Ends it in good order: the client has said all it wanted to say, and has been answered. */
  finish(): void {
    this.#endWithin(constants.NGHTTP2_CANCEL);
    this.call.end();
  }

  get readingPaused(): boolean {
    return this.call.isPaused();
  }

  pauseReading(): void {
    this.call.pause();
  }

  resumeReading(): void {
    this.call.resume();
  }

  #endWithin(resetCode: number): void {
    if (this.#stream.destroyed) return;
    this.#linger ??= setTimeout(() => this.#stream.close(resetCode), LINGER);
  }

  readonly #left = (error?: Error | null): void => {
    this.#leaving--;
    if (error || this.#leaving > 0) return;
    const callback = this.#afterWrites;
    this.#afterWrites = undefined;
    callback?.();
  };
}
