import { IsBoolean, IsIn, IsInt, Length, Max, Min } from 'class-validator';
import { Setting, byteSize, commaList, duration, tlsFaults, type TlsFiles } from '../../config/index.js';
import { parseTopicMappings, type TopicMapping } from './topic-mapping.js';

/** Which Kafka, and which of its topics, events come from. */
export class KafkaConfig {
  @Setting('HERMES_KAFKA_BROKERS', 'brokers of a Kafka cluster, `host:port`, comma separated; none: no Kafka', {
    parse: brokerAddresses,
  })
  readonly brokers: readonly string[] = [];

  @Setting(
    'HERMES_KAFKA_TOPICS',
    'topics to read, comma separated: `topic[:mapping]` with the mapping `headers` (when absent), `channel=<channel>/<event>`, `wss[=<channel>]` or `wss-internal[=<channel>]`',
    { parse: parseTopicMappings },
  )
  readonly topics: readonly TopicMapping[] = [];

  @Setting('HERMES_KAFKA_SSL', 'speak TLS with the brokers')
  @IsBoolean()
  readonly ssl: boolean = false;

  @Setting(
    'HERMES_KAFKA_TLS_CA',
    'file with the authorities that the brokers are checked against (PEM); none: the usual ones',
  )
  readonly tlsCa: string = '';

  @Setting('HERMES_KAFKA_TLS_CERT', 'file with the certificate that Hermes shows the brokers (PEM); none: none')
  readonly tlsCert: string = '';

  @Setting('HERMES_KAFKA_TLS_KEY', 'file with the key of that certificate (PEM)')
  readonly tlsKey: string = '';

  @Setting('HERMES_KAFKA_USERNAME', 'name for SASL; none: no authentication')
  readonly username: string = '';

  @Setting('HERMES_KAFKA_PASSWORD', 'password for SASL', { secret: true })
  readonly password: string = '';

  @Setting('HERMES_KAFKA_MECHANISM', 'how SASL authenticates: `plain`, `scram-sha-256` or `scram-sha-512`')
  @IsIn(['plain', 'scram-sha-256', 'scram-sha-512'])
  readonly mechanism: string = 'plain';

  @Setting('HERMES_KAFKA_REFRESH', 'time between looks at the cluster for new topics, partitions and leaders', {
    parse: duration,
  })
  @IsInt()
  @Min(100)
  readonly refresh: number = 5_000;

  @Setting('HERMES_KAFKA_RECONNECT', 'longest wait between two attempts to reach a broker', { parse: duration })
  @IsInt()
  @Min(100)
  readonly reconnect: number = 10_000;

  @Setting('HERMES_KAFKA_TIMEOUT', 'a broker that does not answer within this time counts as lost', { parse: duration })
  @IsInt()
  @Min(1_000)
  readonly timeout: number = 10_000;

  @Setting(
    'HERMES_KAFKA_FETCH_LIMIT',
    'bytes taken from each broker at a time, which is also what is held while slow readers pause the source',
    { parse: byteSize },
  )
  @IsInt()
  @Min(1024)
  @Max(1024 ** 3)
  readonly fetchLimit: number = 4 * 1024 ** 2;

  @Setting('HERMES_KAFKA_CLIENT_ID', 'how this node calls itself in the brokers')
  @Length(1, 128)
  readonly clientId: string = 'hermes';

  get tls(): TlsFiles {
    return { ca: this.tlsCa, cert: this.tlsCert, key: this.tlsKey };
  }

  faults(): string[] {
    const faults = tlsFaults('KAFKA', this.tls, this.ssl ? undefined : 'is of no use without HERMES_KAFKA_SSL=true');
    if (this.topics.length > 0 && this.brokers.length === 0) {
      faults.push('HERMES_KAFKA_TOPICS: is of no use without HERMES_KAFKA_BROKERS');
    }
    if (this.brokers.length > 0 && this.topics.length === 0) {
      faults.push('HERMES_KAFKA_BROKERS: is of no use without HERMES_KAFKA_TOPICS');
    }
    if ((this.username === '') !== (this.password === '')) {
      faults.push('HERMES_KAFKA_USERNAME and HERMES_KAFKA_PASSWORD: one is of no use without the other');
    }
    return faults;
  }
}

function brokerAddresses(text: string): readonly string[] {
  const addresses = commaList(text);
  const wrong = addresses.find((address) => !isAddress(address));
  if (wrong !== undefined) throw new Error(`must be host:port, comma separated; ${JSON.stringify(wrong)} is not`);
  return addresses;
}

function isAddress(text: string): boolean {
  const port = Number(/^(?:[\w.-]+|\[[\da-fA-F:.]+\]):(\d{1,5})$/.exec(text)?.[1]);
  return port > 0 && port < 65_536;
}
