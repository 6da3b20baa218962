export * from './chat.js';
export {
  CHAT_CHANNEL,
  PUBLISH_PATH,
  STATUS_CHANNEL,
  SUBSCRIBE_PATH,
  WILDCARD,
  isNodesChannel,
  isReservedChannel,
} from './address.js';
export {
  chatCommandMessage,
  commandMessage,
  type ChatCommandBodies,
  type ChatCommandMessage,
  type ChatCommandName,
  type ClientMessage,
  type CommandBodies,
  type CommandId,
  type CommandMessage,
  type CommandName,
  type Credentials,
  type Mute,
  type Subscription,
} from './client-message.js';
export { CLOSE_CODES, closeCodeMeaning, type CloseCode, type CloseCodeMeaning } from './close-code.js';
export type { PublishAccepted, PublishBody, PublishRefused, PublishRequest } from './publish.js';
export { RESULT_CODES, resultCodeMeaning, type ResultCode, type ResultCodeMeaning } from './result-code.js';
export {
  isAck,
  isAuthorize,
  isError,
  isEvent,
  isHandshake,
  isMarked,
  isPing,
  isSent,
  payloadOf,
  readServerMessage,
  type AckReply,
  type AuthorizeReply,
  type ErrorReply,
  type EventMessage,
  type HandshakeReply,
  type MarkedReply,
  type PingMessage,
  type SentReply,
  type ServerMessage,
} from './server-message.js';
