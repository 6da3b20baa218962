import type { INestApplication } from '@nestjs/common';
import { GrpcServer } from './grpc-server.js';

/**
 * Opens the gRPC port of an application that is initialized; it closes with the application. When it cannot be opened the
 * application is closed: half a Hermes serves nobody.
 *
 * @returns the address, as in `grpc://127.0.0.1:50051`
 * @throws {ConfigurationError} when the port is taken or a file of the certificate is no good
 */
export async function startGrpc(app: INestApplication, host: string): Promise<string> {
  const server = app.get(GrpcServer, { strict: false }).listenOn(host);
  app.connectMicroservice({ strategy: server });
  try {
    await app.startAllMicroservices();
  } catch (error) {
    await app.close();
    throw error;
  }
  return server.address ?? '';
}
