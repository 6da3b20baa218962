import { Client } from 'pg';
import { describeWithOwnPostgres, preparePostgres } from '../../support/services/postgres.service.js';

describeWithOwnPostgres('a PostgreSQL of the tests', () => {
  it('is there, and has what it had when it is killed and started again', async () => {
    const server = await preparePostgres();
    await server.start();
    const ask = async (text: string): Promise<unknown[]> => {
      const client = new Client({ connectionString: server.url });
      await client.connect();
      const { rows } = await client.query(text);
      await client.end();
      return rows;
    };
    await ask('create table kept (value int)');
    await ask('insert into kept values (7)');

    await server.kill();
    await expect(ask('select 1')).rejects.toThrow('ECONNREFUSED');
    await server.start();

    expect(await ask('select value from kept')).toEqual([{ value: 7 }]);
    await server.kill();
  }, 60_000);
});
