import { connect } from 'node:http2';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';

const CALLS = 300;

/** Many empty members in one message, small as gzip, without a token. */
export const grpcWithoutToken = {
  name: `${CALLS} x gRPC AddMembers of 131,000 empty members in gzip, no token`,
  env: ({ folder, grpcPort }) => ({ HERMES_DATA_DIR: folder, HERMES_GRPC_PORT: `${grpcPort}` }),
  async run({ host, grpcPort }) {
    const message = gzipSync(Buffer.alloc(262_000, Buffer.from([0x12, 0])));
    const prefix = Buffer.from([1, 0, 0, message.length >> 8, message.length & 255]);
    const client = connect(`http://${host}:${grpcPort}`);
    client.on('error', () => undefined);
    const headers = {
      ':method': 'POST',
      ':path': '/hermes.chat.v1.Chat/AddMembers',
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-encoding': 'gzip',
    };
    const calls = Array.from({ length: CALLS }, () => {
      const call = client.request(headers);
      call.on('error', () => undefined).resume();
      call.end(Buffer.concat([prefix, message]));
      return once(call, 'close');
    });
    await Promise.all(calls).catch(() => undefined);
    client.destroy();
    return { sent: CALLS * (message.length + prefix.length) };
  },
};
