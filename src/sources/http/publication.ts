import type { HttpException } from '@nestjs/common';
import type { Fingerprint } from './fingerprint.js';
import type { OnceIds } from './once.js';

/** What became of a request to publish. */
export interface Answer {
  /** Events that are on the bus. */
  readonly accepted: number;
  /** Why that is not all of them. */
  readonly failure: HttpException | undefined;
  readonly fingerprint: Fingerprint;
}

/** The body of one request, read once: to be published, or to be compared. */
export interface Publication {
  /** @param ids for events that nodes are to know again, when the request may be sent once more */
  publish(ids?: OnceIds): Promise<Answer>;
  /** Whether it is the body that an earlier answer was given to. */
  repeats(fingerprint: Fingerprint): Promise<boolean>;
}
