import { PassThrough, type Readable } from 'node:stream';
import { BadRequestException } from '@nestjs/common';

/** The body of a request that can be ended from our side as if the client had ended it. */
export class EndableBody extends PassThrough {
  #endedEarly = false;

  constructor(private readonly source: Readable) {
    super();
    // Whoever reads it is told; nobody may be reading it any more.
    this.on('error', () => undefined);
    source.once('error', (error) => this.destroy(error));
    source.once('close', () => {
      if (!source.readableEnded && !this.#endedEarly) this.destroy(new BadRequestException('the body broke off'));
    });
    source.pipe(this);
  }

  /** Whether what has been read may not be all that the client had to send. */
  get endedEarly(): boolean {
    return this.#endedEarly;
  }

  endEarly(): void {
    if (this.source.readableEnded) return;
    this.#endedEarly = true;
    this.source.unpipe(this);
    this.source.resume();
    this.end();
  }
}
