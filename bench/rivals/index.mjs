import { AmqplibConsume } from './amqplib-consume.mjs';
import { BareWs } from './bare-ws.mjs';
import { Centrifugo } from './centrifugo.mjs';
import { Hermes } from './hermes.mjs';
import { GrpcLoop } from './grpc-loop.mjs';
import { HermesChat } from './hermes-chat.mjs';
import { HermesCommands, HermesRooms, HermesTopics } from './hermes-dialects.mjs';
import { HermesHttp } from './hermes-http.mjs';
import { Mosquitto } from './mosquitto.mjs';
import { Nats } from './nats.mjs';
import { Nchan } from './nchan.mjs';
import { PgInserts } from './pg-inserts.mjs';
import { SocketIo } from './socket-io.mjs';
import { WsLoop } from './ws-loop.mjs';

const DIALECTS = {
  hermes: Hermes,
  'hermes-http': HermesHttp,
  'hermes-topics': HermesTopics,
  'hermes-rooms': HermesRooms,
  'hermes-commands': HermesCommands,
  'hermes-chat': HermesChat,
};

const KINDS = {
  'ws-loop': WsLoop,
  'socket.io': SocketIo,
  nchan: Nchan,
  mosquitto: Mosquitto,
  nats: Nats,
  centrifugo: Centrifugo,
  'bare-ws': BareWs,
  amqplib: AmqplibConsume,
  pg: PgInserts,
  'grpc-loop': GrpcLoop,
};

/** @param build folder of the build that `hermes` is; `hermes@<folder>` is another one, to compare them in one run */
export function makeRival(name, build) {
  const [kind, folder] = name.split('@');
  const Dialect = DIALECTS[kind];
  if (Dialect !== undefined) return new Dialect(name, folder ?? build);
  const Kind = KINDS[name];
  if (Kind === undefined) throw new Error(`no rival is called ${name}: there are ${Object.keys(KINDS).join(', ')}`);
  return new Kind();
}
