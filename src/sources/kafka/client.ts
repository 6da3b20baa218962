import type { fetchV11 } from '@platformatic/kafka';
import { parseFetchAnswer, type PartitionAnswer } from './fetch-answer.js';
import { Refusal } from './fault.js';

const FETCH = 1;
/** The last versions that name topics and have no tagged fields; brokers from 2.3 to those of today know them. */
const FETCH_VERSION = 11;

export type Client = Awaited<ReturnType<typeof load>>;

let loading: Promise<Client> | undefined;

/** The library takes most of a second and fifty megabytes to load: only nodes that read Kafka pay for it. */
export function loadClient(): Promise<Client> {
  return (loading ??= load());
}

async function load() {
  const library = await import('@platformatic/kafka');
  const { Connection, ResponseError, createAPI, crc32c, fetchV11, listOffsetsV5, metadataV8 } = library;
  return {
    Connection,
    ResponseError,
    crc32c,
    metadata: metadataV8.api,
    listOffsets: listOffsetsV5.api,
    // The library's own parser decodes every record of an answer in one go; see docs/adr/0011.
    fetch: createAPI<fetchV11.FetchRequest, readonly PartitionAnswer[]>(
      FETCH,
      FETCH_VERSION,
      fetchV11.createRequest,
      parseFetchAnswer,
      false,
      false,
    ),
    /** @returns undefined when the code means that all is well */
    refusalOf(code: number): Refusal | undefined {
      if (code === 0) return undefined;
      const id = library.protocolErrorsCodesById[code] ?? `error ${code}`;
      return new Refusal(id, library.protocolErrors[id]?.message ?? 'the broker gives no reason');
    },
  };
}
