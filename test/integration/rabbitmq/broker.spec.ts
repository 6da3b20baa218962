import { connect } from 'amqplib';
import { describeWithOwnRabbit, describeWithRabbit, RABBIT_TIMEOUT, startRabbit } from '../../support/index.js';

describeWithRabbit('the shared broker of a test run', (rabbit) => {
  it('gives the suite a virtual host of its own', async () => {
    const connection = await connect(rabbit().uri);
    const channel = await connection.createChannel();
    await channel.assertQueue('mine');
    const queues = await rabbit().management.call('GET', `/api/queues/${rabbit().vhost}`);
    await connection.close();

    expect(queues).toMatchObject([{ name: 'mine' }]);
  });
});

describeWithOwnRabbit('a broker that a test has to itself', () => {
  it(
    'comes back on the same port after it was killed',
    async () => {
      const broker = await startRabbit();
      try {
        await broker.kill();
        await expect(connect(broker.uri)).rejects.toThrow('ECONNREFUSED');
        await broker.start();
        const connection = await connect(broker.uri);
        await connection.close();
      } finally {
        await broker.stop();
      }
    },
    RABBIT_TIMEOUT,
  );
});
