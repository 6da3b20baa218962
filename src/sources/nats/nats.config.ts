import { readFileSync } from 'node:fs';
import { isReservedChannel } from '@hermes/protocol';
import { credsAuthenticator } from '@nats-io/transport-node';
import { IsInt, Length, Max, MaxLength, Min, NotEquals } from 'class-validator';
import { Setting, byteSize, duration, tlsFaults, urlList, type TlsFiles } from '../../config/index.js';
import { ChannelRule } from './channel-rule.js';
import { parseStreamBindings, type StreamBinding } from './stream-binding.js';
import { overlap, subjectFault } from './subject.js';

/** Which server, subjects and streams events come from. */
export class NatsConfig {
  @Setting(
    'HERMES_NATS_URL',
    'the NATS server, `nats://user:password@host:port`, `nats://token@host` or `tls://…`; several, comma separated, are tried in turn; none: no NATS',
    { parse: urlList(['nats:', 'tls:'], 'nats://user:password@host:4222'), secret: true },
  )
  readonly url: string = '';

  @Setting(
    'HERMES_NATS_TLS_CA',
    'file with the authorities that the NATS server is checked against (PEM); none: the usual ones',
  )
  readonly tlsCa: string = '';

  @Setting('HERMES_NATS_TLS_CERT', 'file with the certificate that Hermes shows the NATS server (PEM); none: none')
  readonly tlsCert: string = '';

  @Setting('HERMES_NATS_TLS_KEY', 'file with the key of that certificate (PEM)')
  readonly tlsKey: string = '';

  @Setting('HERMES_NATS_CREDENTIALS', 'file with the credentials of a NATS account (`.creds`), in place of a password')
  readonly credentials: string = '';

  @Setting('HERMES_NATS_SUBJECTS', 'core subjects to listen to, comma separated, with `*` and `>`', {
    parse: parseSubjects,
  })
  readonly subjects: readonly string[] = [];

  @Setting(
    'HERMES_NATS_STREAMS',
    'JetStream streams to read from now on, comma separated: `stream[:filterSubject]`, every subject when absent',
    { parse: parseStreamBindings },
  )
  readonly streams: readonly StreamBinding[] = [];

  @Setting(
    'HERMES_NATS_CHANNEL',
    'the channel of a message without a header `channel`: `{subject}`, or text with tokens of the subject in it, such as `{1}.{2}`',
    { parse: checkedTemplate },
  )
  readonly channel: string = '{subject}';

  @Setting(
    'HERMES_NATS_EVENT',
    'event name under which a message without any header of Hermes is broadcast; none: such a message is rejected and counted',
  )
  @MaxLength(256)
  @NotEquals('***')
  readonly event: string = '';

  @Setting(
    'HERMES_NATS_PREFETCH',
    'messages that are fetched from a stream at once, at most; fewer while they are large',
  )
  @IsInt()
  @Min(1)
  @Max(65_535)
  readonly prefetch: number = 500;

  @Setting(
    'HERMES_NATS_HOLD_LIMIT',
    'bytes of core messages held while this node is under pressure; the oldest go first',
    { parse: byteSize },
  )
  @IsInt()
  @Min(1024)
  readonly holdLimit: number = 64 * 1024 ** 2;

  @Setting('HERMES_NATS_WATCHDOG', 'time between checks that subscriptions and consumers are still there', {
    parse: duration,
  })
  @IsInt()
  @Min(100)
  readonly watchdog: number = 5_000;

  @Setting('HERMES_NATS_RECONNECT', 'longest wait between two attempts to reach the NATS server', { parse: duration })
  @IsInt()
  @Min(100)
  readonly reconnect: number = 10_000;

  @Setting('HERMES_NATS_PUBLISH_TIMEOUT', 'the NATS server must take a published event within this time', {
    parse: duration,
  })
  @IsInt()
  @Min(100)
  readonly publishTimeout: number = 5_000;

  @Setting('HERMES_NATS_CONNECTION_NAME', 'how the connections of this node are called in the NATS server')
  @Length(1, 128)
  readonly connectionName: string = 'hermes';

  get tls(): TlsFiles {
    return { ca: this.tlsCa, cert: this.tlsCert, key: this.tlsKey };
  }

  /** Whether messages without a header `channel` may be of this one; where the channel follows from tokens nobody can tell. */
  bringsChannel(channel: string): boolean {
    if (this.channel !== '{subject}') return this.channel === channel;
    return this.subjects.some((subject) => overlap(subject, channel));
  }

  faults(): string[] {
    // A server may ask for TLS whatever the URL says, so that files are of use with nats:// as well.
    const noServer = this.url === '' ? 'is of no use without HERMES_NATS_URL' : undefined;
    const faults = tlsFaults('NATS', this.tls, noServer);
    faults.push(...credentialsFaults(this.credentials, noServer));
    for (const subject of this.subjects) faults.push(...this.#subjectFaults('HERMES_NATS_SUBJECTS', subject));
    for (const { filter } of this.streams) {
      if (filter !== undefined) faults.push(...this.#subjectFaults('HERMES_NATS_STREAMS', filter));
    }
    if (this.url !== '') return faults;
    if (this.subjects.length > 0) faults.push('HERMES_NATS_SUBJECTS: is of no use without HERMES_NATS_URL');
    if (this.streams.length > 0) faults.push('HERMES_NATS_STREAMS: is of no use without HERMES_NATS_URL');
    return faults;
  }

  /** What makes sure that every message of a subject would be rejected. */
  #subjectFaults(variable: string, subject: string): string[] {
    const rule = ChannelRule.parse(this.channel);
    const { tokens } = rule;
    if (!subject.endsWith('>') && subject.split('.').length < tokens) {
      return [`${variable}: ${subject} has no token {${tokens}}, which HERMES_NATS_CHANNEL asks for`];
    }
    // Wildcards are no part of a reserved name, but may come behind one.
    const channel = rule.channelOf(subject);
    if (!isReservedChannel(channel)) return [];
    return [`${variable}: ${subject} leads to ${channel}, a channel of Hermes's own: give another HERMES_NATS_CHANNEL`];
  }
}

function credentialsFaults(path: string, noServer: string | undefined): string[] {
  if (path === '') return [];
  if (noServer !== undefined) return [`HERMES_NATS_CREDENTIALS: ${noServer}`];
  try {
    credsAuthenticator(readFileSync(path))('nonce');
    return [];
  } catch (error) {
    return [`HERMES_NATS_CREDENTIALS: ${path} cannot be used: ${(error as Error).message}`];
  }
}

function checkedTemplate(text: string): string {
  ChannelRule.parse(text);
  return text;
}

function parseSubjects(text: string): readonly string[] {
  const subjects = text.split(',').map((entry) => entry.trim());
  const faults = subjects.flatMap((subject, index) => {
    const fault = subjectFault(subject) ?? overlapFault(subject, subjects.slice(0, index));
    return fault === undefined ? [] : [`entry ${JSON.stringify(subject)}: ${fault}`];
  });
  if (faults.length > 0) throw new Error(faults.join('; '));
  return subjects;
}

function overlapFault(subject: string, earlier: readonly string[]): string | undefined {
  const other = earlier.find((candidate) => overlap(candidate, subject));
  return other === undefined ? undefined : `takes in what ${other} does; those messages would come twice`;
}
