import { connect } from 'amqplib';
import { WebSocketServer } from 'ws';

/**
 * What a team writes by hand in an afternoon: amqplib, ws, a set of sockets for each channel, one `JSON.stringify` an
 * event and one `send` a client. Speaks the commands of Hermes, so that the clients are the same.
 */
const { PORT, AMQP_URI, EXCHANGE } = process.env;
const channels = new Map();
const users = new Map();

const server = new WebSocketServer({ port: Number(PORT), host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (client) => {
  client.on('message', (data) => obey(client, JSON.parse(data.toString())));
  client.on('close', () => {
    for (const members of [...channels.values(), ...users.values()]) members.delete(client);
  });
  client.on('error', () => undefined);
});

function obey(client, { event, command, id }) {
  if (event === 'subscribe') join(channels, command.channel, client);
  if (event === 'authorize') join(users, command.token, client);
  const data = event === 'authorize' ? { resultCode: 200, authorize: 'success' } : { resultCode: 200 };
  client.send(JSON.stringify({ channel: 'ws_status', event, id, data }));
}

function join(groups, name, client) {
  if (!groups.has(name)) groups.set(name, new Set());
  groups.get(name).add(client);
}

const connection = await connect(AMQP_URI, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(500);
await channel.assertExchange(EXCHANGE, 'fanout', { durable: true });
const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
await channel.bindQueue(queue, EXCHANGE, '#');
await channel.consume(queue, (message) => {
  const { channel: name, event_type: event, visibility, uuid } = message.properties.headers;
  const broadcast = visibility === 'broadcast';
  const data = { [event]: JSON.parse(message.content.toString()) };
  const text = JSON.stringify({ broadcast, channel: name, event, data });
  const members = broadcast ? channels.get(name) : users.get(uuid);
  for (const client of members ?? []) client.send(text);
  channel.ack(message);
});
console.log('ready');
