import { connect } from 'amqplib';

/** The least that amqplib can do with a queue: take every message, acknowledge them in batches, look for the last. */
const { AMQP_URI, EXCHANGE, LAST_EVENT } = process.env;
const connection = await connect(AMQP_URI, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(500);
await channel.assertExchange(EXCHANGE, 'fanout', { durable: true });
const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
await channel.bindQueue(queue, EXCHANGE, '#');

let handled;
await channel.consume(queue, (message) => {
  if (handled === undefined) setImmediate(acknowledge);
  handled = message;
  if (message.properties.headers.event_type === LAST_EVENT) console.log('last');
});
console.log('ready');

function acknowledge() {
  channel.ack(handled, true);
  handled = undefined;
}
