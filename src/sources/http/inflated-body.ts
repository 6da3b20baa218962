import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BadRequestException, PayloadTooLargeException } from '@nestjs/common';

/**
 * A gzip request body, inflated as it is read. It never becomes larger than the limit, whatever a few bytes claim to be.
 */
export class InflatedBody extends Transform {
  readonly #gunzip = createGunzip();
  #length = 0;

  constructor(
    private readonly body: Readable,
    private readonly limit: number,
  ) {
    super();
    // Whoever reads it is told; nobody may be reading it any more.
    this.on('error', () => undefined);
    body.once('close', () => {
      if (!body.readableEnded) this.destroy(new BadRequestException('the body broke off'));
    });
    this.#gunzip.once('error', () => this.destroy(new BadRequestException('the body is not gzip')));
    body.pipe(this.#gunzip).pipe(this);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#length += chunk.length;
    if (this.#length <= this.limit) done(undefined, chunk);
    else done(new PayloadTooLargeException(`the body inflates to more than ${this.limit} bytes`));
  }

  /** What is left of the request is thrown away unread: the answer is for a connection that can go on. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.body.unpipe(this.#gunzip);
    this.body.resume();
    this.#gunzip.destroy();
    done(error);
  }
}
