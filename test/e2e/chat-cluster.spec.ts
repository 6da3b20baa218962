import { randomUUID } from 'node:crypto';
import type { Message } from '@hermes/protocol';
import { describeWithNats, describeWithPostgres, waitFor } from '../support/index.js';
import { describeWithRedis } from '../support/services/redis.service.js';
import { ChatProcess } from '../support/chat/chat-process.js';
import type { ChatStream } from '../support/grpc/chat-client.js';
import { JWT_PROVIDERS, tokenOf } from '../support/grpc/tokens.js';
import { payloadOf } from '../support/hermes/client.js';

const PATIENT = { timeout: 30_000 };

function bodies(messages: readonly Message[]): string[] {
  return messages.map(({ body }) => body);
}

function numbered(count: number, prefix = ''): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}${n}`);
}

/** Users of one test, strangers to those of every other. */
function users<N extends string>(...names: readonly N[]): Record<N, string> {
  const suffix = randomUUID().slice(0, 8);
  return Object.fromEntries(names.map((name) => [name, `${name}-${suffix}`])) as Record<N, string>;
}

describeWithPostgres('chat on two nodes', (postgres) => {
  describeWithNats('with NATS between them', (nats) => {
    describeWithRedis('and Redis beside them', (redis) => {
      let one: ChatProcess;
      let other: ChatProcess;

      beforeAll(async () => {
        const environment = {
          HERMES_DRAIN: '0',
          HERMES_NATS_URL: nats(),
          HERMES_POSTGRES_URL: postgres(),
          HERMES_REDIS_URL: redis(),
          HERMES_AUTH_PROVIDERS: JWT_PROVIDERS,
        };
        // Both at once on an empty database: one of them makes the tables.
        [one, other] = await Promise.all([ChatProcess.start(environment), ChatProcess.start(environment)]);
      }, 120_000);

      afterAll(() => Promise.all([one, other].map((node) => node.kill())));

      async function say(
        stream: ChatStream,
        to: object,
        body: string,
      ): Promise<{ channelId: string; position: number }> {
        const { ack, error } = await stream.ask({ newMessage: { id: randomUUID(), body, ...to } });
        if (!ack) throw new Error(`${error?.code} ${error?.message}`);
        return ack;
      }

      function heard(stream: ChatStream, count: number): Promise<Message[]> {
        return waitFor(
          `${count} messages`,
          () => {
            const messages = stream.all('message');
            return messages.length >= count && messages;
          },
          PATIENT,
        );
      }

      it('brings the first message to somebody whose node had never heard of the channel', async () => {
        const { ada, bob } = users('ada', 'bob');
        const [hers, his] = [await one.join(ada), await other.join(bob)];

        const { channelId, position } = await say(hers, { recipient: bob }, 'hello');

        expect(position).toBe(2);
        expect(await his.next('membership')).toMatchObject({ channelId, position: 1, kind: 'ADDED' });
        expect(await his.next('message')).toMatchObject({ channelId, position: 2, sender: ada, body: 'hello' });
        expect(await hers.next('message')).toMatchObject({ channelId, position: 2 });
      });

      it('makes one channel of two first messages at the same moment', async () => {
        const pairs = Array.from({ length: 10 }, () => users('ada', 'bob'));
        for (const { ada, bob } of pairs) {
          const [hers, his] = [await one.join(ada), await other.join(bob)];
          const [first, second] = await Promise.all([
            say(hers, { recipient: bob }, 'from her'),
            say(his, { recipient: ada }, 'from him'),
          ]);

          expect(first.channelId).toBe(second.channelId);
          expect([first.position, second.position].toSorted()).toEqual([2, 3]);
          expect(bodies(await heard(hers, 2))).toEqual(bodies(await heard(his, 2)));
        }
      });

      it('gives everything to each stream of a user, on whatever node it is', async () => {
        const { ada, bob } = users('ada', 'bob');
        const his = [await one.join(bob), await one.join(bob), await other.join(bob)];
        const hers = await other.join(ada);

        for (const body of numbered(20)) await say(hers, { recipient: bob }, body);

        for (const stream of [...his, hers]) expect(bodies(await heard(stream, 20))).toEqual(numbered(20));
      });

      it('resumes on another node what was missed, in order, once, and goes on without a seam', async () => {
        const { ada, bob } = users('ada', 'bob');
        const hers = await one.join(ada);
        const before = await one.join(bob);
        const { channelId } = await say(hers, { recipient: bob }, '0');
        const [first] = await heard(before, 1);
        await before.cancel();
        let next = 1;
        for (; next < 300; next++) await say(hers, { channelId }, String(next));

        // She goes on while he comes back, again and again, now here and now there.
        const end = new AbortController();
        const writing = (async () => {
          for (; !end.signal.aborted; next++) await say(hers, { channelId }, String(next));
        })();
        let position = first?.position ?? 0;
        const seen: Message[] = [];
        for (let turn = 0; turn < 8; turn++) {
          const stream = (await (turn % 2 === 0 ? other : one).client(bob)).open();
          const { resumed } = await stream.ask({ resume: { channels: [{ channelId, position }] } });
          expect(resumed?.channels).toContainEqual({ channelId, position: expect.any(Number) });
          const atLeast = stream.all('message').length + 10;
          await heard(stream, atLeast);
          await stream.cancel();
          const messages = stream.all('message');
          seen.push(...messages);
          position = messages.at(-1)?.position ?? position;
        }
        end.abort();
        await writing;

        expect(bodies(seen)).toEqual(numbered(seen.length + 1).slice(1));
      }, 60_000);

      it('has one order and no gap with 50 writers in one channel, on both nodes', async () => {
        const writers = users(...numbered(50, 'writer'));
        const names = Object.values(writers);
        const owner = await one.client(names[0] as string);
        const members = names.slice(1).map((userId) => ({ userId }));
        const { id: channelId } = await owner.call('createChannel', { type: 'GROUP', name: 'crowd', members });
        const streams = await Promise.all(names.map((name, n) => (n % 2 === 0 ? one : other).join(name)));

        await Promise.all(
          streams.map(async (stream, writer) => {
            for (const body of numbered(10, `${writer}: `)) await say(stream, { channelId }, body);
          }),
        );

        const logs = await Promise.all(streams.map((stream) => heard(stream, 500)));
        expect(logs[0]?.map(({ position }) => position)).toEqual(Array.from({ length: 500 }, (_, n) => n + 2));
        for (const log of logs) expect(log).toEqual(logs[0]);
      }, 60_000);

      it('shows a browser what its user is sent over gRPC at another node, and lets it answer', async () => {
        const { ada, bob } = users('ada', 'bob');
        const browser = await one.product.client();
        expect(await browser.authorize(await tokenOf(bob), 'user')).toBe(200);
        await browser.subscribe('chat', 'message');
        const hers = await other.join(ada);

        const { channelId } = await say(hers, { recipient: bob }, 'hello browser');
        const event = await browser.next();
        browser.raw(
          JSON.stringify({
            channel: 'chat',
            event: 'send',
            id: 1,
            command: { id: 'b1', channelId, body: 'hello phone' },
          }),
        );

        expect(event).toMatchObject({ broadcast: false, channel: 'chat', event: 'message' });
        expect(payloadOf(event)).toMatchObject({ channelId, sender: ada, body: 'hello browser' });
        expect(bodies(await heard(hers, 2))).toEqual(['hello browser', 'hello phone']);
      });

      it('tells who comes and goes across nodes, and forgets a node that dies within seconds', async () => {
        const { ada, bob } = users('ada', 'bob');
        const doomed = await ChatProcess.start({
          HERMES_DRAIN: '0',
          HERMES_NATS_URL: nats(),
          HERMES_POSTGRES_URL: postgres(),
          HERMES_REDIS_URL: redis(),
          HERMES_AUTH_PROVIDERS: JWT_PROVIDERS,
        });
        const asking = await one.client(ada);
        const hers = await one.join(ada);
        await say(hers, { recipient: bob }, 'are you there?');
        expect(await asking.call('getPresence', { userIds: [bob] })).toEqual({
          users: [{ userId: bob, online: false, lastSeen: 0 }],
        });

        await doomed.join(bob);
        expect(await hers.next('presence')).toEqual({ userId: bob, online: true, lastSeen: 0 });
        await doomed.kill();

        expect(
          await waitFor('his going to be told', () => hers.all('presence').find(({ online }) => !online), PATIENT),
        ).toEqual({ userId: bob, online: false, lastSeen: expect.any(Number) });
        const { users: known } = await asking.call('getPresence', { userIds: [bob, 'a stranger'] });
        expect(known).toEqual([
          { userId: bob, online: false, lastSeen: expect.any(Number) },
          { userId: 'a stranger', online: false, lastSeen: 0 },
        ]);
      }, 90_000);
    });
  });
});
