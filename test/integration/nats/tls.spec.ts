import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { nkeys } from '@nats-io/transport-node';
import { anEvent } from '../../support/builders/index.js';
import { arrived, consuming } from '../../support/describe-event-source.js';
import { describeWithOwnNats, NATS_TIMEOUT, prepareNats, waitFor, type NatsServer } from '../../support/index.js';
import { makeCertificates, type Certificates } from '../../support/services/certificates.js';
import { runDirectory } from '../../support/services/run-directory.js';
import { NatsNode } from './nats-node.js';

Logger.overrideLogger(false);

type KeyPair = ReturnType<typeof nkeys.createUser>;

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** What somebody says of somebody else, as NATS has it signed. */
function signed(by: KeyPair, about: KeyPair, type: 'operator' | 'account' | 'user', more: object = {}): string {
  const claims = {
    jti: `${type}-${about.getPublicKey()}`,
    iat: Math.floor(Date.now() / 1_000),
    iss: by.getPublicKey(),
    sub: about.getPublicKey(),
    name: type,
    nats: { ...more, type, version: 2 },
  };
  const text = `${encoded({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encoded(claims)}`;
  return `${text}.${Buffer.from(by.sign(Buffer.from(text))).toString('base64url')}`;
}

describeWithOwnNats('NATS that speaks TLS', () => {
  let server: NatsServer;
  let own: Certificates;
  const nodes: NatsNode[] = [];

  beforeAll(async () => {
    own = makeCertificates('nats');
    const { cert, key, authority } = own;
    server = await prepareNats('--tls', '--tlscert', cert, '--tlskey', key, '--tlsverify', '--tlscacert', authority);
    await server.start();
  }, NATS_TIMEOUT);

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()));
  });

  afterAll(() => server.kill());

  function aNode(settings: Readonly<Record<string, string>>, scheme = 'tls'): NatsNode {
    const node = new NatsNode(server.url.replace('nats:', `${scheme}:`), settings);
    nodes.push(node);
    node.source.start();
    node.bus.open();
    return node;
  }

  it.each(['tls', 'nats'])('lets in who shows a certificate that it knows, over %s://', async (scheme) => {
    const { authority, cert, key } = own;
    const files = { HERMES_NATS_TLS_CA: authority, HERMES_NATS_TLS_CERT: cert, HERMES_NATS_TLS_KEY: key };
    const node = aNode(files, scheme);
    await consuming(node.source);
    await waitFor('an event to be published', async () => (await node.bus.publish([anEvent()])).kind === 'published');
    await arrived(node.intake, 1);

    expect(node.intake.bodies).toEqual(['1']);
  });

  it('is not trusted without its authority, and lets nobody in without a certificate', async () => {
    const stranger = aNode({});
    const nobody = aNode({ HERMES_NATS_TLS_CA: own.authority });
    await waitFor(
      'the reasons',
      () => stranger.reason?.includes('certificate') && nobody.reason?.includes('ertificate'),
    );

    expect([stranger.source.stats.connects, nobody.source.stats.connects]).toEqual([0, 0]);
  });
});

describeWithOwnNats('NATS that knows accounts by their signature', () => {
  let server: NatsServer;
  let path: string;

  beforeAll(async () => {
    const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
    const system = nkeys.createAccount();
    const systemToken = signed(operator, system, 'account');
    const unlimited = {
      subs: -1,
      data: -1,
      payload: -1,
      imports: -1,
      exports: -1,
      wildcards: true,
      conn: -1,
      leaf: -1,
    };
    const accountToken = signed(operator, account, 'account', { limits: unlimited });
    const configuration = [
      `operator: ${signed(operator, operator, 'operator')}`,
      'resolver: MEMORY',
      `system_account: ${system.getPublicKey()}`,
      `resolver_preload: { ${account.getPublicKey()}: ${accountToken}, ${system.getPublicKey()}: ${systemToken} }`,
    ];
    const file = join(runDirectory(), 'nats-operator.conf');
    writeFileSync(file, configuration.join('\n'));
    const token = signed(account, user, 'user', { subs: -1, data: -1, payload: -1 });
    path = join(runDirectory(), 'hermes.creds');
    const seed = new TextDecoder().decode(user.getSeed());
    const part = (what: string, text: string): string => `-----BEGIN ${what}-----\n${text}\n------END ${what}------\n`;
    writeFileSync(path, `${part('NATS USER JWT', token)}\n${part('USER NKEY SEED', seed)}`);
    server = await prepareNats('-c', file);
    await server.start();
  }, NATS_TIMEOUT);

  afterAll(() => server.kill());

  it('lets in who has the credentials in a file', async () => {
    const node = new NatsNode(server.url, { HERMES_NATS_CREDENTIALS: path });
    node.source.start();

    expect(await consuming(node.source)).toBe(true);
    await node.close();
  });
});
