import { createServer } from 'node:http';
import { connect } from 'amqplib';
import { Server } from 'socket.io';

/** Socket.IO with a room for each channel, fed by amqplib like the hand-written loop. */
const { PORT, AMQP_URI, EXCHANGE } = process.env;
const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, pingInterval: 3_600_000 });
io.on('connection', (socket) => {
  socket.on('subscribe', (room) => {
    socket.join(room);
    socket.emit('subscribed', room);
  });
});
http.listen(Number(PORT), '127.0.0.1');

const connection = await connect(AMQP_URI, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(500);
await channel.assertExchange(EXCHANGE, 'fanout', { durable: true });
const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
await channel.bindQueue(queue, EXCHANGE, '#');
await channel.consume(queue, (message) => {
  const { channel: room, event_type: event } = message.properties.headers;
  io.to(room).emit(event, JSON.parse(message.content.toString()));
  channel.ack(message);
});
console.log('ready');
