import { createRequire } from 'node:module';
import { loadSync, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { CHAT_LOADER_OPTIONS, CHAT_PACKAGE, CHAT_SERVICE, type ServerEvent } from '@hermes/protocol';

type Method = ServiceDefinition[string];

/** Name of the service as clients and health checks know it. */
export const CHAT_SERVICE_NAME = `${CHAT_PACKAGE}.${CHAT_SERVICE}`;

/** `chat.proto`, as `@grpc/grpc-js` wants it. */
export const CHAT_DEFINITION: PackageDefinition = loadSync(
  createRequire(import.meta.url).resolve('@hermes/protocol/chat.proto'),
  CHAT_LOADER_OPTIONS,
);

const { EventBuff } = CHAT_DEFINITION[CHAT_SERVICE_NAME] as ServiceDefinition & Record<'EventBuff', Method>;

/** Not compressed, then the length in four bytes. */
const PREFIX = 5;

/** The event as it goes to the wire: a message of gRPC with its prefix, so that frames may be joined and still be told apart. */
export function frameOf(event: ServerEvent): Buffer {
  const message = EventBuff.responseSerialize(event);
  const frame = Buffer.allocUnsafe(PREFIX + message.length);
  frame.writeUInt8(0, 0);
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, PREFIX);
  return frame;
}
