import { IsInt, Max, Min } from 'class-validator';
import { Setting, byteSize, type CrossChecked } from '../../config/index.js';

/** The gRPC server for chat clients. It listens on the address of HERMES_HOST. */
export class GrpcConfig implements CrossChecked {
  @Setting('HERMES_GRPC_PORT', 'port for gRPC, open when chat has a store; 0 takes a free one')
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly port: number = 50_051;

  @Setting('HERMES_GRPC_TLS_CERT', 'file with the certificate chain of the gRPC server (PEM); none: no TLS')
  readonly tlsCert: string = '';

  @Setting('HERMES_GRPC_TLS_KEY', 'file with the key of that certificate (PEM)')
  readonly tlsKey: string = '';

  @Setting('HERMES_GRPC_MAX_MESSAGE', 'largest gRPC message from a client', { parse: byteSize })
  @IsInt()
  @Min(1024)
  readonly maxMessage: number = 256 * 1024;

  @Setting('HERMES_GRPC_MAX_STREAMS', 'calls that one connection may have open at a time')
  @IsInt()
  @Min(1)
  readonly maxStreams: number = 100;

  faults(): string[] {
    if ((this.tlsCert === '') === (this.tlsKey === '')) return [];
    return ['HERMES_GRPC_TLS_CERT and HERMES_GRPC_TLS_KEY: set both, or neither'];
  }
}
