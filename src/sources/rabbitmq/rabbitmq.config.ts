import { IsBoolean, IsInt, Length, Max, MaxLength, Min } from 'class-validator';
import { Setting, byteSize, commaList, duration, tlsFaults, urlList, type TlsFiles } from '../../config/index.js';
import { BUS_EXCHANGE, parseExchangeBindings, roomsBinding, type ExchangeBinding } from './exchange-binding.js';

/** Which broker and exchanges events come from. */
export class RabbitMqConfig {
  @Setting(
    'HERMES_RABBITMQ_URI',
    'the broker, `amqp://user:password@host:port/vhost` or `amqps://…`; several, comma separated, are tried in turn; none: no broker',
    { parse: urlList(['amqp:', 'amqps:'], 'amqp://user:password@host:5672/vhost'), secret: true },
  )
  readonly uri: string = '';

  @Setting(
    'HERMES_RABBITMQ_TLS_CA',
    'file with the authorities that the broker is checked against (PEM); none: the usual ones',
  )
  readonly tlsCa: string = '';

  @Setting('HERMES_RABBITMQ_TLS_CERT', 'file with the certificate that Hermes shows the broker (PEM); none: none')
  readonly tlsCert: string = '';

  @Setting('HERMES_RABBITMQ_TLS_KEY', 'file with the key of that certificate (PEM)')
  readonly tlsKey: string = '';

  @Setting(
    'HERMES_RABBITMQ_EXCHANGES',
    'exchanges to listen to, comma separated: `name[:type[:routingKey]]`, type `fanout` and key `#` when absent',
    { parse: parseExchangeBindings },
  )
  readonly exchanges: readonly ExchangeBinding[] = [];

  @Setting('HERMES_RABBITMQ_DECLARE', 'declare these exchanges, durable; `false`: they must be there already')
  @IsBoolean()
  readonly declare: boolean = true;

  @Setting(
    'HERMES_ROOMS_EXCHANGE',
    'exchange of triggers for rooms, direct and not durable: `hightemplar` for the producers of high-templar; empty: none',
  )
  @MaxLength(255)
  readonly roomsExchange: string = '';

  @Setting('HERMES_RABBITMQ_PREFETCH', 'events the broker may send ahead of their acknowledgement')
  @IsInt()
  @Min(1)
  @Max(65_535)
  readonly prefetch: number = 500;

  @Setting('HERMES_RABBITMQ_WATCHDOG', 'time between checks that queue, consumer and bindings are still there', {
    parse: duration,
  })
  @IsInt()
  @Min(100)
  readonly watchdog: number = 5_000;

  @Setting('HERMES_RABBITMQ_RECONNECT', 'longest wait between two attempts to reach the broker', { parse: duration })
  @IsInt()
  @Min(100)
  readonly reconnect: number = 10_000;

  @Setting('HERMES_RABBITMQ_PUBLISH_TIMEOUT', 'the broker must confirm a published event within this time', {
    parse: duration,
  })
  @IsInt()
  @Min(100)
  readonly publishTimeout: number = 5_000;

  @Setting(
    'HERMES_RABBITMQ_QUEUE_LIMIT',
    "bytes that may wait for this node at the broker, so that a node under pressure does not fill the broker's memory; the oldest go first; 0: no limit",
    { parse: byteSize },
  )
  @IsInt()
  @Min(0)
  readonly queueLimit: number = 256 * 1024 ** 2;

  @Setting('HERMES_RABBITMQ_CONNECTION_NAME', 'how the connections of this node are called in the broker')
  @Length(1, 128)
  readonly connectionName: string = 'hermes';

  get uris(): readonly string[] {
    return commaList(this.uri);
  }

  get tls(): TlsFiles {
    return { ca: this.tlsCa, cert: this.tlsCert, key: this.tlsKey };
  }

  /** Every exchange that this node's queue is bound to. */
  get bindings(): readonly ExchangeBinding[] {
    const rooms = this.roomsExchange === '' ? [] : [roomsBinding(this.roomsExchange)];
    return [BUS_EXCHANGE, ...this.exchanges, ...rooms];
  }

  faults(): string[] {
    const useless = 'is of no use without HERMES_RABBITMQ_URI';
    const taken = [BUS_EXCHANGE, ...this.exchanges].some(({ name }) => name === this.roomsExchange);
    const isPlain = !this.uris.some((uri) => uri.startsWith('amqps:'));
    return [
      ...tlsFaults('RABBITMQ', this.tls, isPlain ? 'is of no use without amqps:// in HERMES_RABBITMQ_URI' : undefined),
      ...(this.exchanges.length > 0 && this.uri === '' ? [`HERMES_RABBITMQ_EXCHANGES: ${useless}`] : []),
      ...(this.roomsExchange !== '' && this.uri === '' ? [`HERMES_ROOMS_EXCHANGE: ${useless}`] : []),
      ...(taken ? [`HERMES_ROOMS_EXCHANGE: ${this.roomsExchange} carries events, and cannot carry triggers too`] : []),
    ];
  }
}
