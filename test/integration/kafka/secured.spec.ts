import { arrived, aBroadcast, consuming } from '../../support/describe-event-source.js';
import { describeWithOwnKafka, KAFKA_TIMEOUT, prepareKafka, waitFor, type KafkaProgram } from '../../support/index.js';
import { Producer } from '../../support/kafka/producer.js';
import { LogRecorder } from '../../support/log-recorder.js';
import { makeCertificates, type Certificates } from '../../support/services/certificates.js';
import { KafkaNode } from './kafka-node.js';

const USER = { username: 'hermes', password: 'pässwörd €' };
const { headers } = aBroadcast('');

describeWithOwnKafka('Kafka that wants certificates and passwords', () => {
  let own: Certificates;
  let foreign: Certificates;
  let kafka: KafkaProgram;
  let producer: Producer;
  let topic: string;
  let node: KafkaNode;

  beforeAll(async () => {
    own = makeCertificates('kafka');
    foreign = makeCertificates('others');
    kafka = await prepareKafka({ authority: own.authority, server: own.both, ...USER });
    await kafka.start();
    producer = await Producer.connect(kafka.address);
    topic = await producer.topic('secured');
  }, KAFKA_TIMEOUT);

  beforeEach(() => {
    LogRecorder.install();
  });

  afterEach(() => node.close());

  afterAll(async () => {
    await producer.close();
    await kafka.kill();
  }, KAFKA_TIMEOUT);

  function start(settings: Readonly<Record<string, string>>): void {
    node = new KafkaNode(kafka.securedAddress, topic, {
      HERMES_KAFKA_SSL: 'true',
      HERMES_KAFKA_TLS_CA: own.authority,
      HERMES_KAFKA_TLS_CERT: own.cert,
      HERMES_KAFKA_TLS_KEY: own.key,
      HERMES_KAFKA_USERNAME: USER.username,
      HERMES_KAFKA_PASSWORD: USER.password,
      ...settings,
    });
    node.source.start();
  }

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'])('lets in who has both: %s', async (mechanism) => {
    start({ HERMES_KAFKA_MECHANISM: mechanism });
    await consuming(node.source);
    await producer.send(topic, { headers, value: '"secret"' });
    await arrived(node.intake, 1);

    expect(node.intake.bodies).toEqual(['"secret"']);
  });

  it.each([
    ['a wrong password', { HERMES_KAFKA_PASSWORD: 'hunter2' }, /authentication/i],
    [
      'a wrong password',
      { HERMES_KAFKA_PASSWORD: 'hunter2', HERMES_KAFKA_MECHANISM: 'scram-sha-512' },
      /authentication/i,
    ],
    ['no certificate', { HERMES_KAFKA_TLS_CERT: '', HERMES_KAFKA_TLS_KEY: '' }, /connection|certificate|bad_cert/i],
    ['nothing', { HERMES_KAFKA_USERNAME: '', HERMES_KAFKA_PASSWORD: '' }, /./],
  ])('says why it does not let in who has %s', async (_what, settings, reason) => {
    start(settings);
    await waitFor('failures', () => node.source.stats.connectFailures > 1);

    expect(node.reason).toMatch(/^not connected to the brokers: /);
    expect(node.reason).toMatch(reason);
    expect(node.reason).not.toContain('hunter2');
  });

  it('is not believed when another authority speaks for it', async () => {
    start({ HERMES_KAFKA_TLS_CA: foreign.authority });
    await waitFor('failures', () => node.source.stats.connectFailures > 1);

    expect(node.reason).toMatch(/certificate/);
  });
});
