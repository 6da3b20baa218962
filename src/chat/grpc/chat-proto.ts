import { createRequire } from 'node:module';
import { loadSync, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { CHAT_LOADER_OPTIONS, CHAT_PACKAGE, CHAT_SERVICE, type ServerEvent } from '@hermes/protocol';
import { withBounds, type MessageBounds } from './readable-message.js';

type Method = ServiceDefinition[string];

/** Name of the service as clients and health checks know it. */
export const CHAT_SERVICE_NAME = `${CHAT_PACKAGE}.${CHAT_SERVICE}`;

/** A call names at most 1,000 users, a client that resumes a few thousand channels. */
const UNARY: MessageBounds = { bytes: Infinity, fields: 1_050, depth: 1 };
const EVENT: MessageBounds = { bytes: Infinity, fields: 10_000, depth: 2 };

const contract = loadSync(createRequire(import.meta.url).resolve('@hermes/protocol/chat.proto'), CHAT_LOADER_OPTIONS);

/** `chat.proto`, as `@grpc/grpc-js` wants it. How many bytes a message may have, the server looks at. */
export const CHAT_DEFINITION: PackageDefinition = {
  ...contract,
  [CHAT_SERVICE_NAME]: withBounds(contract[CHAT_SERVICE_NAME] as ServiceDefinition, (method) =>
    method === 'EventBuff' ? EVENT : UNARY,
  ),
};

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
