import { HttpException, HttpStatus, ServiceUnavailableException } from '@nestjs/common';
import type { HermesEvent } from '../../delivery/index.js';
import type { EndableBody } from './endable-body.js';
import type { EventPublisher } from './event-publisher.js';
import { Fingerprinting, hasFingerprint, type Fingerprint } from './fingerprint.js';
import { decodeBody } from './http.decoder.js';
import { LineReader } from './line-reader.js';
import type { OnceIds } from './once.js';
import type { Answer, Publication } from './publication.js';

const TYPE = 'ndjson';
const NEWLINE = Buffer.from('\n');
/** Events that go on the bus together. */
const BATCH = 500;
/** What a line may hold beside the data of its event. */
const LINE_OVERHEAD = 16 * 1024;
/** Milliseconds after which a client that sends nothing is taken for gone: it may have died without a word. */
const SILENCE = 30_000;
const STOPPING = 'Hermes is stopping: publish what follows the accepted events again';
/** Of all that is wrong with one line. */
const MAX_FAULTS = 10;

/** One event a line, published as they arrive; what is held of the stream is a line that has not ended and a batch. */
export class NdjsonPublication implements Publication {
  readonly #reader = new LineReader();
  readonly #fingerprinting = new Fingerprinting(TYPE);
  #batch: HermesEvent[] = [];
  #line = 0;
  #accepted = 0;
  #ids: OnceIds | undefined;
  #failure: HttpException | undefined;

  constructor(
    private readonly publisher: EventPublisher,
    private readonly body: EndableBody,
    /** Ends the request, and so the body. */
    private readonly giveUp: () => void,
  ) {}

  async publish(ids?: OnceIds): Promise<Answer> {
    this.#ids = ids;
    try {
      for await (const piece of this.#pieces()) {
        await this.#takeAll(this.#reader.push(piece));
        this.#checkLength();
        if (this.#failure) break;
      }
      if (!this.#failure) await this.#end();
    } catch (error) {
      this.#fail(error instanceof HttpException ? error : this.#fault(HttpStatus.BAD_REQUEST, ['the body broke off']));
    }
    // What was read before the end is thrown away, so that the client comes to read the answer.
    this.body.resume();
    const fingerprint = this.#fingerprinting.finish(this.#failure === undefined);
    return { accepted: this.#accepted, failure: this.#failure && this.#withCount(this.#failure), fingerprint };
  }

  async repeats(fingerprint: Fingerprint): Promise<boolean> {
    const same = await hasFingerprint(TYPE, this.#pieces(), fingerprint).catch(() => false);
    this.body.resume();
    if (!same && this.body.endedEarly) throw new ServiceUnavailableException(STOPPING);
    return same;
  }

  /** Leaves the stream alive when the loop is left: destroying it would take the connection with it. */
  async *#pieces(): AsyncGenerator<Buffer, void> {
    const pieces = this.body.iterator({ destroyOnReturn: false });
    try {
      for (;;) {
        const { done, value } = await this.#awaited(pieces.next());
        if (done) return;
        yield value as Buffer;
      }
    } finally {
      await pieces.return?.();
    }
  }

  /** Only while the client is waited for: how long the bus takes is not its fault. */
  async #awaited<T>(piece: Promise<T>): Promise<T> {
    const timer = setTimeout(this.giveUp, SILENCE);
    try {
      return await piece;
    } finally {
      clearTimeout(timer);
    }
  }

  async #takeAll(lines: readonly Buffer[]): Promise<void> {
    for (const line of lines) {
      this.#take(line);
      this.#fingerprinting.add(NEWLINE);
      if (this.#batch.length === BATCH) await this.#flush();
      if (this.#failure) break;
    }
    await this.#flush();
  }

  async #end(): Promise<void> {
    // A line that has not ended is the client's to send again, as all that follows it.
    if (this.body.endedEarly) return this.#fail(new ServiceUnavailableException(STOPPING));
    this.#take(this.#reader.rest());
    await this.#flush();
  }

  #take(line: Buffer): void {
    this.#line++;
    this.#fingerprinting.add(line);
    const text = line.toString().trim();
    if (text === '') return;
    const decoded = decodeBody(line, this.publisher.maxEvent);
    if (!decoded.ok) return this.#refuse(decoded.faults);
    const [event] = decoded.events;
    if (text.startsWith('[') || event === undefined) return this.#refuse(['the body must be one event, an object']);
    this.#batch.push(event);
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    await this.publisher.room();
    const failure = await this.publisher.publish(this.#ids?.mark(batch) ?? batch);
    if (failure) this.#fail(failure);
    else this.#accepted += batch.length;
  }

  #checkLength(): void {
    const limit = this.publisher.maxEvent + LINE_OVERHEAD;
    if (this.#failure || this.#reader.pending <= limit) return;
    this.#line++;
    this.#refuse([`the body must not be longer than ${limit} bytes`]);
  }

  #refuse(faults: readonly string[]): void {
    const sentences = faults.slice(0, MAX_FAULTS).map((fault) => {
      const place = `line ${this.#line}`;
      return fault.startsWith('the body ') ? fault.replace('the body', place) : `${place}: ${fault}`;
    });
    this.publisher.reject(sentences[0] ?? '');
    this.#fail(this.#fault(HttpStatus.BAD_REQUEST, sentences));
  }

  /** The bus may fail for the events before a line that is at fault: then that is what the client is told. */
  #fail(failure: HttpException): void {
    this.#failure = failure;
  }

  #fault(statusCode: number, message: readonly string[]): HttpException {
    return new HttpException({ statusCode, message }, statusCode);
  }

  #withCount(failure: HttpException): HttpException {
    const response = failure.getResponse();
    const details = typeof response === 'string' ? { message: response } : response;
    return new HttpException({ ...details, accepted: this.#accepted }, failure.getStatus());
  }
}
