import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import { Injectable, Logger } from '@nestjs/common';
import { ConfigurationError } from '../../config/index.js';
import { GrpcConfig } from './grpc.config.js';
import { GrpcStats } from './grpc-stats.js';

/** A certificate that may be replaced while the server runs: connections that are open keep the one they began with. */
class ReplaceableCredentials extends ServerCredentials {
  constructor(context: SecureContextOptions) {
    super({}, context);
  }

  replace(context: SecureContextOptions): void {
    this.updateSecureContextOptions(context);
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** The certificate of the gRPC server and its key, read from their files at start and whenever these have changed. */
@Injectable()
export class ServerCertificate {
  readonly #logger = new Logger(ServerCertificate.name);
  #credentials: ReplaceableCredentials | undefined;
  #version = '';

  constructor(
    private readonly config: GrpcConfig,
    private readonly stats: GrpcStats,
  ) {}

  get isSet(): boolean {
    return this.config.tlsCert !== '';
  }

  /** What the server is to be bound with. @throws {ConfigurationError} when the files are no good */
  load(): ServerCredentials {
    if (!this.isSet) return ServerCredentials.createInsecure();
    this.#version = this.#versionNow();
    return (this.#credentials = new ReplaceableCredentials(this.#read()));
  }

  /** Takes over files that have changed; keeps to the old ones when the new ones are no good. */
  refresh(): void {
    const version = this.#versionNow();
    if (this.#credentials === undefined || version === this.#version) return;
    this.#version = version;
    try {
      this.#credentials.replace(this.#read());
      this.stats.stats.certificatesLoaded++;
      this.#logger.log('chat.grpc.certificate.loaded');
    } catch (error) {
      this.stats.stats.certificatesRefused++;
      this.#logger.error('chat.grpc.certificate.refused', { reason: (error as Error).message });
    }
  }

  #read(): SecureContextOptions {
    const { tlsCert, tlsKey } = this.config;
    const context = { cert: read('HERMES_GRPC_TLS_CERT', tlsCert), key: read('HERMES_GRPC_TLS_KEY', tlsKey) };
    try {
      createSecureContext({ cert: context.cert });
    } catch (error) {
      throw fault('HERMES_GRPC_TLS_CERT', `${tlsCert} is no certificate (${codeOf(error)})`);
    }
    try {
      createSecureContext(context);
    } catch (error) {
      throw fault('HERMES_GRPC_TLS_KEY', `${tlsKey} is not the key of the certificate (${codeOf(error)})`);
    }
    return context;
  }

  #versionNow(): string {
    return [this.config.tlsCert, this.config.tlsKey]
      .map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs)
      .join();
  }
}

function read(variable: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw fault(variable, `${file} cannot be read (${codeOf(error)})`);
  }
}

function fault(variable: string, sentence: string): ConfigurationError {
  return new ConfigurationError([`${variable}: ${sentence}`]);
}

/** The message of OpenSSL could quote what is in a file. */
function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
