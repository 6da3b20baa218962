import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Metadata, credentials, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath as HEALTH_PROTO } from 'grpc-health-check';
import { GrpcNode } from '../../support/grpc/grpc-node.js';
import { waitFor } from '../../support/wait-for.js';

const PROVIDERS = JSON.stringify({
  user: { type: 'static', tokens: { alice: { userId: 'alice' }, bob: { userId: 'bob' } } },
});

function start(environment: Record<string, string> = {}): Promise<GrpcNode> {
  return GrpcNode.start({ HERMES_AUTH_PROVIDERS: PROVIDERS, ...environment });
}

describe('a unary call', () => {
  let node: GrpcNode;

  beforeAll(async () => {
    node = await start({ HERMES_GRPC_MAX_MESSAGE: '8KiB' });
  });

  afterAll(() => node.stop());

  it('is answered with the status of its refusal', async () => {
    const ending = await node.client('alice').statusOf('getChannel', { channelId: 'x' });

    expect(ending).toEqual({ code: 'NOT_FOUND', details: 'channel_id: no such channel' });
  });

  it('is answered with INTERNAL and nothing of the reason when Hermes fails', async () => {
    const client = node.client('alice');

    const told = { code: 'INTERNAL', details: 'this is our fault, not yours; it has been logged' };
    expect(await client.statusOf('getChannel', { channelId: 'crash' })).toEqual(told);
    expect(node.stats.calls.get('GetChannel')?.get('failed')).toBe(1);
    const stream = await client.join();
    const { error } = await stream.ask({ newMessage: { id: 'm', channelId: 'crash' } });
    expect(error).toMatchObject({ code: told.code, message: told.details });
    expect((await stream.ask({ newMessage: { id: 'm', channelId: 'c' } })).ack).toMatchObject({ id: 'm' });
    await stream.cancel();
  });

  it('quotes what is no proper text without breaking', async () => {
    expect(await node.client('alice').statusOf('createChannel', { type: 'GROUP' })).toEqual({
      code: 'ALREADY_EXISTS',
      details: 'id: taken \ufffd',
    });
  });

  it('may be no larger than the limit', async () => {
    const client = node.client('alice');

    expect((await client.statusOf('echo', { text: 'x'.repeat(9_000) })).code).toBe('RESOURCE_EXHAUSTED');
    const stream = await client.join();
    stream.send({ newMessage: { id: 'm', channelId: 'c', body: 'x'.repeat(9_000) } });
    expect((await stream.ended).code).toBe('RESOURCE_EXHAUSTED');
    await waitFor('the session to be gone', () => node.sessions.sessions.size === 0);
  });

  it('ends with DEADLINE_EXCEEDED when it takes too long', async () => {
    let open = (): void => undefined;
    node.chat.gate = new Promise((resolve) => (open = resolve));
    const ending = await node
      .client('alice')
      .statusOf('getChannel', { channelId: 'late' }, { deadline: Date.now() + 100 });
    open();

    expect(ending.code).toBe('DEADLINE_EXCEEDED');
    await waitFor('it to be over here', () => node.chat.carriedOut.includes('get late'));
    expect((await node.client('alice').call('echo', {})).userId).toBe('alice');
  });
});

describe('a unary call that is over before its token has been looked at', () => {
  it('is not carried out', async () => {
    // Nobody answers there: the verdict comes when the time for it is up.
    const silent = createServer().listen(0, '127.0.0.1');
    await waitFor('the port', () => silent.listening);
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    const node = await start({
      HERMES_AUTH_PROVIDERS: JSON.stringify({ user: { type: 'http', url } }),
      HERMES_AUTH_TIMEOUT: '500ms',
    });

    const ending = await node
      .client('alice')
      .statusOf('getChannel', { channelId: 'x' }, { deadline: Date.now() + 100 });
    expect(ending.code).toBe('DEADLINE_EXCEEDED');
    await waitFor('the verdict', () => node.stats.calls.get('GetChannel'));
    expect(node.chat.carriedOut).toEqual([]);
    await node.stop();
    silent.close();
  });
});

describe('the calls of one user', () => {
  it('are limited, and those of others are not', async () => {
    const node = await start({ HERMES_COMMAND_RATE: '1', HERMES_COMMAND_BURST: '5' });
    const endings = await Promise.all(Array.from({ length: 10 }, () => node.client('alice').statusOf('echo', {})));

    const limited = { code: 'RESOURCE_EXHAUSTED', details: 'more than 1 calls a second: slow down' };
    expect(endings.filter(({ code }) => code === 'OK').length).toBe(5);
    expect(endings.filter(({ code }) => code !== 'OK')).toEqual(Array.from({ length: 5 }, () => limited));
    expect((await node.client('bob').statusOf('echo', {})).code).toBe('OK');
    await node.stop();
  });

  it('wait for one another when there are more than a connection may carry', async () => {
    const node = await start({ HERMES_GRPC_MAX_STREAMS: '2' });
    const session = connect(node.address.replace('grpc', 'http'));
    await new Promise((resolve) => session.once('remoteSettings', resolve));

    expect(session.remoteSettings.maxConcurrentStreams).toBe(2);
    session.close();
    await node.stop();
  });
});

describe('reflection', () => {
  it('lists the service', async () => {
    const node = await start();
    const proto = join(
      __dirname,
      '../../../node_modules/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto',
    );
    const { grpc } = loadPackageDefinition(loadSync(proto)) as unknown as {
      grpc: { reflection: { v1: { ServerReflection: ServiceClientConstructor } } };
    };
    const client = new grpc.reflection.v1.ServerReflection(
      node.address.replace('grpc://', ''),
      credentials.createInsecure(),
    );
    const ask = (client as unknown as Record<string, (metadata: Metadata) => NodeJS.ReadWriteStream>)[
      'serverReflectionInfo'
    ];
    const stream = ask?.call(client, new Metadata()) as NodeJS.ReadWriteStream;
    const answer = new Promise((resolve) => stream.once('data', resolve));
    stream.write({ listServices: '' } as unknown as string);

    expect(JSON.stringify(await answer)).toContain('hermes.chat.v1.Chat');
    stream.end();
    client.close();
    await node.stop();
  });
});

describe('health', () => {
  it('is serving while the store is well, and until Hermes stops', async () => {
    const node = await start();
    const client = healthClient(node);
    const seen: string[] = [];
    client.watch((status) => seen.push(status));
    await waitFor('the first', () => seen.length === 1);

    node.chat.store.trouble = 'the database does not answer';
    await waitFor('trouble', () => seen.length === 2);
    expect(await client.check('')).toBe('NOT_SERVING');
    node.chat.store.trouble = undefined;
    await waitFor('its end', () => seen.length === 3);
    expect(await client.check('')).toBe('SERVING');
    await node.stop();

    expect(seen).toEqual(['SERVING', 'NOT_SERVING', 'SERVING', 'NOT_SERVING']);
    client.close();
  });
});

describe('the port', () => {
  it('stops the start with a sentence when it is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await waitFor('the port', () => other.listening);
    const { port } = other.address() as AddressInfo;

    const message = `HERMES_GRPC_PORT: cannot listen on 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`;
    await expect(start({ HERMES_GRPC_PORT: String(port) })).rejects.toThrow(message);
    other.close();
  });
});

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hermes-grpc-'));
  const [cert, key, otherKey, otherCert] = ['cert', 'key', 'other-key', 'other-cert'].map((name) =>
    join(folder, `${name}.pem`),
  ) as [string, string, string, string];

  beforeAll(() => {
    selfSigned(cert, key, 'hermes.test');
    selfSigned(otherCert, otherKey, 'later.hermes.test');
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const trusting = (file: string, name: string) => ({
    credentials: credentials.createSsl(readFileSync(file)),
    channel: { 'grpc.ssl_target_name_override': name },
  });

  it('serves with the certificate of the files, and with a new one when they are replaced', async () => {
    const node = await start({ HERMES_GRPC_TLS_CERT: cert, HERMES_GRPC_TLS_KEY: key });
    expect(node.address).toMatch(/^grpcs:/);
    const client = node.client('alice', trusting(cert, 'hermes.test'));
    expect((await client.call('echo', {})).userId).toBe('alice');
    expect((await node.client('alice').statusOf('echo', {})).code).toBe('UNAVAILABLE');

    writeFileSync(key, 'no key');
    await waitFor('the new key to be refused', () => node.stats.stats.certificatesRefused === 1);
    writeFileSync(cert, readFileSync(otherCert));
    writeFileSync(key, readFileSync(otherKey));
    await waitFor('the new certificate to be loaded', () => node.stats.stats.certificatesLoaded > 0);
    const later = node.client('alice', trusting(otherCert, 'later.hermes.test'));
    expect((await later.call('echo', {})).userId).toBe('alice');
    expect((await client.call('echo', {})).userId).toBe('alice');
    await node.stop();
  });

  it.each([
    ['a file that is not there', () => ['/nowhere.pem', otherKey], 'HERMES_GRPC_TLS_CERT: /nowhere.pem cannot be read'],
    ['a certificate that is none', () => [otherKey, otherKey], 'HERMES_GRPC_TLS_CERT: '],
    ['a key that is none', () => [otherCert, otherCert], 'HERMES_GRPC_TLS_KEY: '],
    ['a key of another', () => [otherCert, strangerKey()], 'HERMES_GRPC_TLS_KEY: '],
  ])('stops the start for %s', async (_, files, sentence) => {
    const [HERMES_GRPC_TLS_CERT = '', HERMES_GRPC_TLS_KEY = ''] = files();

    await expect(start({ HERMES_GRPC_TLS_CERT, HERMES_GRPC_TLS_KEY })).rejects.toThrow(sentence);
  });

  function strangerKey(): string {
    selfSigned(join(folder, 'stranger-cert.pem'), join(folder, 'stranger-key.pem'), 'stranger.test');
    return join(folder, 'stranger-key.pem');
  }
});

function selfSigned(cert: string, key: string, name: string): void {
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', `/CN=${name}`];
  execFileSync('openssl', [...request, '-addext', `subjectAltName=DNS:${name}`, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
}

interface HealthClient {
  check(service: string): Promise<string>;
  watch(changed: (status: string) => void): void;
  close(): void;
}

function healthClient(node: GrpcNode): HealthClient {
  const { grpc } = loadPackageDefinition(loadSync(HEALTH_PROTO, { enums: String })) as unknown as {
    grpc: { health: { v1: { Health: ServiceClientConstructor } } };
  };
  const client = new grpc.health.v1.Health(node.address.replace('grpc://', ''), credentials.createInsecure());
  const { check, watch } = client as unknown as {
    check(request: object, callback: (error: Error | null, answer: { status: string }) => void): void;
    watch(request: object): NodeJS.ReadableStream;
  };
  return {
    check: (service) =>
      new Promise((resolve, reject) =>
        check.call(client, { service }, (error, answer) => (error ? reject(error) : resolve(answer.status))),
      ),
    watch: (changed) => {
      const stream = watch.call(client, { service: 'hermes.chat.v1.Chat' });
      stream.on('error', () => undefined).on('data', ({ status }: { status: string }) => changed(status));
    },
    close: () => (client as unknown as Client).close(),
  };
}
