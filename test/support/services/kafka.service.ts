import { join } from 'node:path';
import { describeUnless } from './describe-with.js';
import { freePort } from './free-port.js';
import { kafkaArtefacts } from './kafka-artefacts.js';
import { KafkaProgram, type KafkaDoor } from './kafka-broker.js';
import { oncePerRun, readWhole, runDirectory, writeWhole } from './run-directory.js';
import { started } from './started.js';

const VARIABLE = 'TEST_KAFKA_BROKERS';
/** A broker is up in about five seconds, on a busy machine in half a minute; it is tried twice. */
export const KAFKA_TIMEOUT = 400_000;

type Means =
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'program'; readonly folder: string }
  | { readonly kind: 'absent'; readonly reason: string };

/** A suite on the Kafka of this run, which all suites share: each has topics of its own. */
export function describeWithKafka(name: string, suite: (brokers: () => string) => void): void {
  const means = kafkaMeans();
  describeUnless(means.kind === 'absent' ? means.reason : undefined, name, () => {
    let brokers: string | undefined;
    beforeAll(async () => {
      brokers = await oncePerRun('kafka', sharedBrokers, KAFKA_TIMEOUT);
    }, KAFKA_TIMEOUT);
    suite(() => brokers ?? notYet());
  });
}

/** A suite that kills and restarts brokers, got from {@link prepareKafka}. */
export function describeWithOwnKafka(name: string, suite: () => void): void {
  const means = kafkaMeans();
  const foreign = `${VARIABLE} leads to brokers that tests may not kill`;
  describeUnless(means.kind === 'absent' ? means.reason : means.kind === 'address' ? foreign : undefined, name, suite);
}

/** Chooses the ports of a broker that is yet to be started; whoever starts it kills it. */
export async function prepareKafka(secured?: Omit<KafkaDoor, 'port'>): Promise<KafkaProgram> {
  const means = kafkaMeans();
  if (means.kind !== 'program') throw new Error('no Kafka that tests may start: use describeWithOwnKafka');
  const ports = {
    clients: await freePort(),
    controller: await freePort(),
    ...(secured === undefined ? {} : { secured: { ...secured, port: await freePort() } }),
  };
  return new KafkaProgram(means.folder, join(runDirectory(), `kafka-${ports.clients}`), ports);
}

/** Asked once in each run, and synchronous: jest wants to know which suites are skipped while it loads their files. */
function kafkaMeans(): Means {
  const path = join(runDirectory(), 'provision-kafka.json');
  const known = readWhole<Means>(path)?.value;
  if (known !== undefined) return known;
  const value = findMeans();
  writeWhole(path, { value });
  return value;
}

function findMeans(): Means {
  const address = process.env[VARIABLE];
  if (address !== undefined && address !== '') return { kind: 'address', address };
  const artefacts = kafkaArtefacts();
  if ('folder' in artefacts) return { kind: 'program', folder: artefacts.folder };
  return { kind: 'absent', reason: `no kafka: ${VARIABLE} is not set, and ${artefacts.reason}` };
}

async function sharedBrokers(): Promise<string> {
  const means = kafkaMeans();
  if (means.kind === 'address') return means.address;
  const broker = await started(
    () => prepareKafka(),
    (failed) => failed.kill(),
  );
  return broker.address;
}

function notYet(): never {
  throw new Error('the broker is there in hooks and tests, not while the suite is being defined');
}
