import { WebSocketServer } from 'ws';

/** The least that Node and ws can do: accept, parse, answer in the shape of Hermes. */
const server = new WebSocketServer({ port: Number(process.env.PORT), host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (client) => {
  client.on('message', (data) => {
    const { event, id } = JSON.parse(data.toString());
    const answer = event === 'authorize' ? { resultCode: 200, authorize: 'success' } : { resultCode: 200 };
    client.send(JSON.stringify({ channel: 'ws_status', event, id, data: answer }));
  });
  client.on('error', () => undefined);
});
