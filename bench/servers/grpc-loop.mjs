import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/*
 * A chat server as one writes it in an afternoon: whoever is connected gets every message. It stores nothing, asks nobody
 * and bounds nothing.
 */

const PROTO = fileURLToPath(new URL('../../libs/protocol/chat.proto', import.meta.url));
const { hermes } = grpc.loadPackageDefinition(loadSync(PROTO, { longs: Number, enums: String, oneofs: true }));
const streams = new Set();
let position = 0;

const server = new grpc.Server();
server.addService(hermes.chat.v1.Chat.service, {
  EventBuff(stream) {
    stream.on('data', (event) => {
      if (event.join) {
        streams.add(stream);
        stream.write({ joined: { ref: event.ref } });
      }
      if (event.newMessage) say(stream, event.ref, event.newMessage);
    });
    const gone = () => streams.delete(stream);
    stream.on('end', gone).on('error', gone).on('cancelled', gone);
  },
  CreateChannel: (_call, answer) => answer(null, { id: 'channel' }),
  AddMembers: (_call, answer) => answer(null, { id: 'channel' }),
});
server.bindAsync(`127.0.0.1:${process.env.PORT}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});

function say(from, ref, { id, channelId, body }) {
  const message = { channelId, id, body, position: ++position, sender: 'user', sentAt: Date.now() };
  from.write({ ack: { ref, channelId, id, position, at: message.sentAt } });
  for (const stream of streams) stream.write({ message });
}
