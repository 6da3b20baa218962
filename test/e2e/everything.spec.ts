import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { CommandsClient } from '../support/commands/commands-client.js';
import { json, StubBackEnd, type SeenRequest } from '../support/commands/stub-back-end.js';
import { brokersOf, httpSource, type Source, type Trigger, type TriggerSource } from '../support/everything/sources.js';
import type { Client, Message } from '../support/hermes/client.js';
import type { Publication } from '../support/hermes/node.js';
import { emptyFolder, Product, PRODUCT_TIMEOUT, ROOT } from '../support/hermes/product.js';
import { RoomsClient } from '../support/rooms/client.js';
import { describeWithWhatThereIs } from '../support/services/describe-with-what-there-is.js';
import { TopicsClient } from '../support/topics/client.js';

const KEY = 'the-key-of-everything';
const CHANNEL = 'news';
/** Where clients publish: not where producers speak. */
const TALK = 'talk';
const A_TOPIC = 'a topic';
const ROOM = { room: 1 };
const OTHER_ROOM = { room: 2 };
const NOTIFICATIONS = { where: { types: ['match'] } };
const SCHEDULES = { where: { from: 1_609_459_200, to: 1_610_064_000, timezone: 'UTC' } };
const TOO_SLOW = 'hermes_sessions_closed_total{code="4008"}';
/** The gateways, as metrics name them. */
const GATEWAYS = ['hermes', 'topics', 'commands', 'rooms'] as const;

const ENVIRONMENT = {
  HERMES_API_KEY: KEY,
  HERMES_AUTH_PROVIDERS: JSON.stringify({
    user: {
      type: 'static',
      roles: ['user', 'admin'],
      tokens: {
        alice: { userId: 'alice', role: 'user' },
        bob: { userId: 'bob', role: 'user' },
        root: { userId: 'root', role: 'admin' },
      },
    },
  }),
  HERMES_TOPICS_PUBLISH: 'role:admin',
  HERMES_TOPICS_EVENT: 'flash',
};

/** A client of any dialect, as far as it is read. */
interface Reader {
  next(): Promise<unknown>;
  soFar(): Promise<unknown[]>;
}

/** A client of each dialect; `query` is the id of the live query that the one of commands watches. */
interface OneOfEach {
  readonly hermes: Client;
  readonly topics: TopicsClient;
  readonly commands: CommandsClient;
  readonly rooms: RoomsClient;
  readonly query: string;
}

/** What an event says: which way it came in, and whom it is for. */
function said(source: string, to: string): object {
  return { source, to };
}

function broadcast(data: unknown): Publication {
  return { channel: CHANNEL, event: 'flash', visibility: 'broadcast', data };
}

/** A message of the feed of the commands dialect. */
function feed(type: string, document: unknown): Publication {
  return { channel: 'wss', event: type, visibility: 'internal', data: { type, document } };
}

function update(query: string, data: unknown): Publication {
  return feed('update_subscription', { subscriptions: [query], options: { reload: false }, data });
}

function reload(query: string): Publication {
  return feed('update_subscription', { subscriptions: [query], options: { reload: true }, data: null });
}

function textOf(frame: unknown): string {
  return JSON.stringify(frame);
}

/** Reads on until the last that was said in each of these ways has come, and what came behind it. */
async function upToTheLast(reader: Reader, sources: number): Promise<unknown[]> {
  const frames: unknown[] = [];
  for (let last = 0; last < sources;) {
    const frame = await reader.next();
    frames.push(frame);
    if (textOf(frame).includes('"to":"last"')) last++;
  }
  return [...frames, ...(await reader.soFar())];
}

/** The order between sources is nobody's business, that within a source is. */
function bySource(frames: readonly unknown[], sources: readonly string[]): Record<string, unknown[]> {
  const groups: Record<string, unknown[]> = {};
  for (const frame of frames) {
    const name = sources.find((candidate) => textOf(frame).includes(`"source":"${candidate}"`)) ?? 'no source';
    (groups[name] ??= []).push(frame);
  }
  return groups;
}

function each(sources: readonly string[], framesOf: (source: string) => unknown[]): Record<string, unknown[]> {
  return Object.fromEntries(sources.map((source) => [source, framesOf(source)]));
}

/** The application behind the rooms and behind the commands: the cookie says which room a client may enter. */
function serve(request: SeenRequest, response: Parameters<ReturnType<typeof json>>[1]): void {
  const { url, headers } = request;
  if (!url.endsWith('/bootstrap/')) return json({ url, token: headers.authorization ?? null })(request, response);
  const room = /room=(\d)/.exec(headers.cookie ?? '')?.[1];
  if (room === undefined) return json({}, 403)(request, response);
  json({ allowed_rooms: [{ room: Number(room) }] })(request, response);
}

/** The commands that are shipped as an example, asked of this back end. */
function commandsFile(backEnd: string): string {
  const example = readFileSync(join(ROOT, 'src/gateways/commands/example.commands.yaml'), 'utf8');
  const file = join(emptyFolder(), 'commands.yaml');
  writeFileSync(file, example.replaceAll(/http:\/\/\w+\.internal:8080/g, backEnd));
  return file;
}

describeWithWhatThereIs('one Hermes with every dialect and every source at once', (services) => {
  let backEnd: StubBackEnd;
  let brokers: Awaited<ReturnType<typeof brokersOf>>;
  let hermes: Product;
  let sources: readonly Source[];
  let triggers: readonly TriggerSource[];
  let http: ReturnType<typeof httpSource>;
  let clients: { close(): Promise<void> }[];

  beforeAll(async () => {
    backEnd = await StubBackEnd.start();
    backEnd.answer(serve);
    brokers = await brokersOf(services);
    hermes = await Product.start(
      Object.assign(
        {
          ...ENVIRONMENT,
          HERMES_ROOMS_API_URL: `${backEnd.url}/api/`,
          HERMES_COMMANDS_FILE: commandsFile(backEnd.url),
        },
        ...brokers.map(({ environment }) => environment),
      ),
    );
    await hermes.ready();
    http = httpSource(hermes, KEY);
    sources = [http, ...brokers.flatMap((broker) => broker.sources)];
    triggers = [http, ...brokers.flatMap((broker) => broker.triggers)];
  }, PRODUCT_TIMEOUT);

  afterAll(async () => {
    await Promise.all(brokers.map((broker) => broker.close()));
    await hermes.kill();
    await backEnd.stop();
  });

  beforeEach(() => {
    clients = [];
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
  });

  function kept<T extends { close(): Promise<void> }>(client: T): T {
    clients.push(client);
    return client;
  }

  async function hermesClient(token?: string, role?: string, channel = '***'): Promise<Client> {
    const client = kept(await hermes.client());
    if (token !== undefined) await client.authorize(token, 'user', role);
    await client.subscribe(channel);
    return client;
  }

  async function topicsClient(token?: string, role?: string): Promise<TopicsClient> {
    const client = kept(await TopicsClient.connect(hermes.url));
    if (token !== undefined) await client.authorize(token, role);
    await client.subscribe(CHANNEL);
    await client.subscribe(TALK);
    return client;
  }

  async function commandsClient(token?: string): Promise<CommandsClient> {
    const client = kept(await CommandsClient.connect(hermes.url, '/mobile'));
    if (token !== undefined) await client.login(token);
    return client;
  }

  async function roomsClient(room: { room: number }): Promise<RoomsClient> {
    const headers = { cookie: `room=${room.room}` };
    const client = kept(await RoomsClient.enter(`${hermes.url.replace('http', 'ws')}/_ws/rooms`, { headers }));
    await client.subscribe(room, 'mine');
    return client;
  }

  /** Everything at once, each source and each way of a trigger in its own order. */
  async function publish(
    eventsOf: (source: string) => readonly Publication[],
    triggersOf: (source: string) => readonly Trigger[],
  ): Promise<void> {
    await Promise.all([
      ...sources.map((source) => source.publish(eventsOf(source.name))),
      ...triggers.map((source) => source.push(triggersOf(source.name))),
    ]);
  }

  it('brings what comes in anywhere to the clients of every dialect that may see it, and to no others', async () => {
    const [stranger, alice, bob, root] = await Promise.all([
      hermesClient(),
      hermesClient('alice', 'user'),
      hermesClient('bob', 'user'),
      hermesClient('root', 'admin'),
    ]);
    const [topicStranger, topicAlice, topicBob, topicRoot] = await Promise.all([
      topicsClient(),
      topicsClient('alice', 'user'),
      topicsClient('bob', 'user'),
      topicsClient('root', 'admin'),
    ]);
    const [guest, commandAlice, commandBob] = await Promise.all([
      commandsClient(),
      commandsClient('alice'),
      commandsClient('bob'),
    ]);
    const [roommate, neighbour] = await Promise.all([roomsClient(ROOM), roomsClient(OTHER_ROOM)]);

    const schedules = await guest.subscribe('getSchedules', SCHEDULES);
    for (const client of [commandAlice, commandBob]) {
      expect(await client.subscribe('getSchedules', SCHEDULES)).toBe(schedules);
    }
    const notifications = await commandAlice.subscribe('getMyNotifications', NOTIFICATIONS);
    expect(await commandBob.subscribe('getMyNotifications', NOTIFICATIONS)).not.toBe(notifications);
    expect(await guest.subscribe('getMyNotifications', NOTIFICATIONS)).not.toBe(notifications);
    expect(await neighbour.ask({ type: 'subscribe', room: ROOM, requestId: 'theirs' })).toEqual({
      code: 'error',
      message: 'room-not-found',
    });
    const turnedAway = await RoomsClient.connect(`${hermes.url.replace('http', 'ws')}/_ws/rooms`);
    expect(await turnedAway.next()).toEqual({ is_authorized: false });
    expect(await turnedAway.closed).toBe(1000);
    expect(await topicAlice.ask({ topic: CHANNEL, data: said('alice', 'everybody') })).toEqual({
      type: 'error',
      message: `Not allowed to publish to ${CHANNEL}`,
    });

    await publish(
      (source) => [
        broadcast(said(source, 'everybody')),
        { ...broadcast(said(source, 'alice')), visibility: 'direct', userId: 'alice' },
        { ...broadcast(said(source, 'admins')), role: 'admin' },
        { ...broadcast(said(source, 'nobody')), visibility: 'internal' },
        update(schedules, said(source, 'schedules')),
        update(notifications, said(source, 'notifications')),
        feed('create_notification', { owner: 'alice', ...said(source, 'owner') }),
        update(schedules, said(source, 'last')),
        broadcast(said(source, 'last')),
      ],
      (source) => [
        { rooms: [ROOM], data: said(source, 'room') },
        { rooms: [ROOM, OTHER_ROOM], data: said(source, 'last') },
      ],
    );
    for (const to of ['everybody', 'last']) topicRoot.send({ topic: TALK, data: said(A_TOPIC, to) });

    const names = sources.map(({ name }) => name);
    const ways = [...names, A_TOPIC];
    /** Those of these addresses to which a source could speak; a publish to a topic is for everybody. */
    const heard = (source: string, addresses: readonly string[]): string[] =>
      source === A_TOPIC ? ['everybody', 'last'] : ['everybody', ...addresses, 'last'];

    for (const [client, ...addresses] of [[stranger], [alice, 'alice'], [bob], [root, 'admins']] as [
      Client,
      ...string[],
    ][]) {
      const frame = (source: string, to: string): object => ({
        broadcast: to !== 'alice',
        channel: source === A_TOPIC ? TALK : CHANNEL,
        event: 'flash',
        data: { flash: said(source, to) },
      });
      const frames = bySource(await upToTheLast(client, ways.length), ways);
      expect(frames).toEqual(each(ways, (source) => heard(source, addresses).map((to) => frame(source, to))));
    }

    for (const [client, ...addresses] of [
      [topicStranger],
      [topicAlice, 'alice'],
      [topicBob],
      [topicRoot, 'admins'],
    ] as [TopicsClient, ...string[]][]) {
      const frames = bySource(await upToTheLast(client, ways.length), ways);
      expect(frames).toEqual(each(ways, (source) => heard(source, addresses).map((to) => said(source, to))));
    }

    const changed = (event: string, payload: object): Message => ({ rid: -1, event, status: 'update', payload });
    for (const client of [guest, commandAlice, commandBob]) {
      const frames = bySource(await upToTheLast(client, names.length), names);
      const hers = (source: string): unknown[] => [
        changed(notifications, said(source, 'notifications')),
        { rid: -1, event: 'notifications', status: 'ok', payload: { owner: 'alice', ...said(source, 'owner') } },
      ];
      expect(frames).toEqual(
        each(names, (source) => [
          changed(schedules, said(source, 'schedules')),
          ...(client === commandAlice ? hers(source) : []),
          changed(schedules, said(source, 'last')),
        ]),
      );
    }

    const triggered = triggers.map(({ name }) => name);
    for (const [client, addresses] of [
      [roommate, ['room', 'last']],
      [neighbour, ['last']],
    ] as const) {
      const frame = (data: object): object => ({ type: 'publish', data, requestId: 'mine' });
      const frames = bySource(await upToTheLast(client, triggered.length), triggered);
      expect(frames).toEqual(each(triggered, (source) => addresses.map((to) => frame(said(source, to)))));
    }
  });

  it('asks the back end once for all who wait, whichever source says that a live query has changed', async () => {
    const alices = await Promise.all([commandsClient('alice'), commandsClient('alice')]);
    const bob = await commandsClient('bob');
    const [query = ''] = await Promise.all(alices.map((one) => one.subscribe('getMyNotifications', NOTIFICATIONS)));
    await bob.subscribe('getMyNotifications', NOTIFICATIONS);
    backEnd.taken();

    for (const source of sources) {
      await source.publish([reload(query)]);
      const payload = { url: '/notifications?type=match', token: 'alice' };
      for (const alice of alices) {
        expect(await alice.next()).toEqual({ rid: -1, event: query, status: 'reload', payload });
      }
      expect(backEnd.taken()).toHaveLength(1);
    }
    for (const client of [...alices, bob]) expect(await client.soFar()).toEqual([]);
  });

  async function oneOfEach(): Promise<OneOfEach> {
    const commands = await commandsClient();
    const client = await hermesClient(undefined, undefined, CHANNEL);
    await client.subscribe(TALK);
    return {
      hermes: client,
      topics: await topicsClient(),
      commands,
      rooms: await roomsClient(ROOM),
      query: await commands.subscribe('getSchedules', SCHEDULES),
    };
  }

  it('keeps the order and loses nothing in a burst, and ends alone who reads none of it', async () => {
    const readers = await oneOfEach();
    const silent = await oneOfEach();
    const publisher = kept(await TopicsClient.connect(hermes.url));
    await publisher.authorize('root', 'admin');
    const sockets: WebSocket[] = [
      silent.hermes.socket,
      silent.topics.socket,
      silent.commands.client.socket,
      silent.rooms.socket,
    ];
    for (const socket of sockets) socket.pause();

    /** So many in all on the channel, in the feed and in the room. */
    const burst = 2_000;
    const numbered = (source: string, ways: number): object[] => {
      const count = Math.ceil(burst / ways);
      return Array.from({ length: count }, (_, number) =>
        number === count - 1 ? { source, number, to: 'last' } : { source, number },
      );
    };
    const names = sources.map(({ name }) => name);
    const ways = [...names, A_TOPIC];
    const triggered = triggers.map(({ name }) => name);
    for (const data of numbered(A_TOPIC, ways.length)) publisher.send({ topic: TALK, data });
    await publish(
      (source) => [
        ...numbered(source, ways.length).map((data) => broadcast(data)),
        ...numbered(source, names.length).map((data) => update(readers.query, data)),
      ],
      (source) => numbered(source, triggered.length).map((data) => ({ rooms: [ROOM], data })),
    );

    const inHermes = (data: object): object => ({
      broadcast: true,
      channel: (data as { source?: string }).source === A_TOPIC ? TALK : CHANNEL,
      event: 'flash',
      data: { flash: data },
    });
    const inCommands = (payload: object): object => ({ rid: -1, event: readers.query, status: 'update', payload });
    const inRooms = (data: object): object => ({ type: 'publish', data, requestId: 'mine' });
    const dialects: [Reader, string[], (data: object) => object][] = [
      [readers.hermes, ways, inHermes],
      [readers.topics, ways, (data) => data],
      [readers.commands, names, inCommands],
      [readers.rooms, triggered, inRooms],
    ];
    for (const [reader, from, frame] of dialects) {
      const frames = bySource(await upToTheLast(reader, from.length), from);
      expect(frames).toEqual(each(from, (source) => numbered(source, from.length).map((data) => frame(data))));
    }

    const filler = 'x'.repeat(60_000);
    const unread = new Map(GATEWAYS.map((gateway, index) => [gateway, sockets[index]]));
    for (let round = 0; unread.size > 0; round++) {
      const more = Array.from({ length: 8 }, (_, index) => ({ round, index, filler }));
      await http.publish(more.flatMap((data) => [broadcast(data), update(readers.query, data)]));
      await http.push(more.map((data) => ({ rooms: [ROOM], data })));
      for (const [reader, , frame] of dialects) {
        for (const data of more) expect(await reader.next()).toEqual(frame(data));
      }
      // Each is let read as soon as it has been given up: its connection waits only so long for the end to be read.
      for (const [gateway, socket] of unread) {
        if ((await hermes.metric(`hermes_sessions{gateway="${gateway}",state="anonymous"}`)) !== 1) continue;
        socket?.resume();
        unread.delete(gateway);
      }
    }

    expect(await hermes.metric(TOO_SLOW)).toBe(sockets.length);
    const { hermes: one, topics, commands, rooms } = silent;
    const endings = [one.closed, topics.closed, commands.client.closed, rooms.closed];
    expect(await Promise.all(endings)).toEqual([4008, 4008, 4008, 4008]);
    for (const [reader] of dialects) expect(await reader.soFar()).toEqual([]);
  }, 240_000);
});
