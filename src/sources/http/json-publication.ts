import { BadRequestException } from '@nestjs/common';
import type { EventPublisher } from './event-publisher.js';
import { Fingerprinting, hasFingerprint, type Fingerprint } from './fingerprint.js';
import { decodeBody } from './http.decoder.js';
import type { OnceIds } from './once.js';
import type { Answer, Publication } from './publication.js';

const TYPE = 'json';

/** One event or an array of them, accepted whole or not at all. */
export class JsonPublication implements Publication {
  constructor(
    private readonly publisher: EventPublisher,
    private readonly body: Buffer,
  ) {}

  async publish(ids?: OnceIds): Promise<Answer> {
    const fingerprinting = new Fingerprinting(TYPE);
    fingerprinting.add(this.body);
    const fingerprint = fingerprinting.finish(true);
    const decoded = decodeBody(this.body, this.publisher.maxEvent);
    if (!decoded.ok) {
      this.publisher.reject(decoded.faults[0] ?? '');
      return { accepted: 0, failure: new BadRequestException(decoded.faults), fingerprint };
    }
    const failure = await this.publisher.publish(ids?.mark(decoded.events) ?? decoded.events);
    return { accepted: failure ? 0 : decoded.events.length, failure, fingerprint };
  }

  repeats(fingerprint: Fingerprint): Promise<boolean> {
    return hasFingerprint(TYPE, [this.body], fingerprint);
  }
}
