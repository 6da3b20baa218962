import { Client } from 'pg';
import {
  describeWithOwnPostgres,
  describeWithOwnRabbit,
  preparePostgres,
  startRabbit,
  waitFor,
  type PostgresServer,
  type RabbitBroker,
} from '../support/index.js';
import { ChatProcess } from '../support/chat/chat-process.js';
import { FaithfulClient } from '../support/chat/faithful-client.js';
import { ChatClient } from '../support/grpc/chat-client.js';
import { JWT_PROVIDERS, tokenOf } from '../support/grpc/tokens.js';

const MEMBERS = ['ada', 'bob', 'cid', 'dan'];
const WRITERS = ['ada', 'bob'];
/** Milliseconds between two messages of one writer. */
const PACE = 10;
const PATIENT = { timeout: 60_000 };

/*
 * Whatever dies: a message that was acknowledged reaches every member once, in its place.
 */
describeWithOwnPostgres('chat under load', () => {
  describeWithOwnRabbit('on two nodes', () => {
    let postgres: PostgresServer;
    let broker: RabbitBroker;
    let nodes: readonly [ChatProcess, ChatProcess];
    let clients: readonly FaithfulClient[] = [];
    let channelId: string;

    beforeAll(async () => {
      [postgres, broker] = await Promise.all([preparePostgres(), startRabbit()]);
      await postgres.start();
      const environment = {
        HERMES_DRAIN: '0',
        HERMES_RABBITMQ_URI: broker.uri,
        HERMES_RABBITMQ_RECONNECT: '500ms',
        HERMES_POSTGRES_URL: postgres.url,
        HERMES_POSTGRES_TIMEOUT: '2s',
        HERMES_CHAT_SWEEP: '500ms',
        HERMES_AUTH_PROVIDERS: JWT_PROVIDERS,
      };
      nodes = await Promise.all([ChatProcess.prepare(environment), ChatProcess.prepare(environment)]);
      await Promise.all(nodes.map((node) => node.start()));
    }, 120_000);

    afterAll(async () => {
      await Promise.all(nodes.map((node) => node.kill()));
      await broker.stop();
      await postgres.kill();
    });

    beforeEach(async () => {
      const owner = new ChatClient(nodes[0].address, await tokenOf('ada'));
      const members = MEMBERS.slice(1).map((userId) => ({ userId }));
      ({ id: channelId } = await owner.call('createChannel', { type: 'GROUP', name: 'all of us', members }));
      owner.close();
      const addresses = nodes.map(({ address }) => address);
      clients = await Promise.all(
        MEMBERS.map(
          // Half of them begin at one node, half at the other; all go wherever they get in.
          async (userId, n) =>
            new FaithfulClient(userId, await tokenOf(userId), () => (n % 2 === 0 ? addresses : addresses.toReversed())),
        ),
      );
      await waitFor('everybody to be in', () => clients.every(({ connections }) => connections > 0), PATIENT);
    }, 120_000);

    afterEach(() => Promise.all(clients.map((client) => client.stop())));

    /** Has the writers write until `catastrophe` is over and for a moment after. @returns the ids that were acknowledged */
    async function writeThrough(catastrophe: () => Promise<void>): Promise<readonly string[]> {
      const end = new AbortController();
      const writers = clients.filter(({ userId }) => WRITERS.includes(userId));
      const sent = new Set<string>();
      const writing = writers.map(async (writer) => {
        for (let n = 0; !end.signal.aborted; n++) {
          const id = `${writer.userId}-${n}`;
          await writer.send(channelId, id);
          sent.add(id);
          await new Promise((resolve) => setTimeout(resolve, PACE));
        }
      });
      try {
        await waitFor('some messages to be stored', () => sent.size > 20, PATIENT);
        await catastrophe();
        const before = sent.size;
        await waitFor('messages to be stored again', () => sent.size > before + 20, PATIENT);
      } finally {
        end.abort();
      }
      await Promise.all(writing);
      return [...sent];
    }

    /** What every member has seen of the log, once each has seen all that was acknowledged; only what is wrong with it. */
    async function faultsIn(acknowledged: readonly string[]): Promise<string[]> {
      const faults: string[] = [];
      const [first] = clients;
      for (const client of clients) {
        const { userId } = client;
        const isComplete = (): boolean => acknowledged.every((id) => client.idsIn(channelId).includes(id));
        await waitFor(`${userId} to have everything`, isComplete, PATIENT);
        const positions = (client.seen.get(channelId) ?? []).map(({ position }) => position);
        if (new Set(positions).size < positions.length) faults.push(`${userId} saw a message twice`);
        if (positions.some((position, n) => position <= (positions[n - 1] ?? 0))) faults.push(`${userId}: wrong order`);
        if (client.idsIn(channelId).join() !== first?.idsIn(channelId).join()) faults.push(`${userId}: another log`);
      }
      const log = new Map(first?.seen.get(channelId)?.map(({ id, position }) => [id, position]));
      for (const { userId, acknowledged: acks } of clients) {
        for (const [id, position] of acks) if (log.get(id) !== position) faults.push(`${userId}: ${id} has moved`);
      }
      return faults;
    }

    it('loses nothing when a node is killed', async () => {
      const acknowledged = await writeThrough(async () => {
        await nodes[1].kill();
        await waitFor('everybody to be in again', () => clients.some(({ connections }) => connections > 1), PATIENT);
        await nodes[1].start();
      });

      expect(await faultsIn(acknowledged)).toEqual([]);
    }, 180_000);

    it('loses nothing when every connection to the database is cut', async () => {
      const acknowledged = await writeThrough(async () => {
        for (let n = 0; n < 5; n++) {
          const admin = new Client({ connectionString: postgres.url });
          await admin.connect();
          await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()');
          await admin.end();
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      });

      expect(await faultsIn(acknowledged)).toEqual([]);
    }, 180_000);

    it('loses nothing when the database is killed, and says that it is not ready while it is away', async () => {
      const acknowledged = await writeThrough(async () => {
        await postgres.kill();
        await waitFor('a node to miss its database', async () => {
          const { status, reasons } = await nodes[0].product.readiness();
          return status === 503 && reasons.some((reason) => reason.includes('database'));
        });
        await postgres.start();
        await Promise.all(nodes.map(({ product }) => product.ready()));
      });

      expect(await faultsIn(acknowledged)).toEqual([]);
    }, 180_000);

    it('loses nothing when the broker is killed: the bus only says where to look', async () => {
      const acknowledged = await writeThrough(async () => {
        await broker.kill();
        const writer = clients.find(({ userId }) => WRITERS.includes(userId));
        const before = new Set(writer?.acknowledged.keys());
        const sinceThen = (): string[] => [...(writer?.acknowledged.keys() ?? [])].filter((id) => !before.has(id));
        await waitFor('messages to be stored without it', () => sinceThen().length > 5, PATIENT);
        const [stored] = sinceThen();
        const everybody = (): boolean => clients.every((client) => client.idsIn(channelId).includes(stored as string));
        await waitFor('everybody to have them without it', everybody, PATIENT);
        await broker.start();
        await Promise.all(nodes.map(({ product }) => product.ready()));
      });

      expect(await faultsIn(acknowledged)).toEqual([]);
    }, 180_000);
  });
});
