import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anEvent } from '../../support/builders/index.js';
import { arrived, consuming } from '../../support/describe-event-source.js';
import { describeWithOwnNats, NATS_TIMEOUT, prepareNats, waitFor, type NatsServer } from '../../support/index.js';
import { LogRecorder } from '../../support/log-recorder.js';
import { NatsNode } from './nats-node.js';

const CONFIGURATION = `
authorization {
  users = [
    { user: "all", password: "p@ss word" }
    { user: "some", password: "secret", permissions: { publish: { deny: "hermes.events" }, subscribe: { deny: "private.>" } } }
  ]
}
`;

describeWithOwnNats('NATS that knows its users', () => {
  let server: NatsServer;
  let log: LogRecorder;
  const nodes: NatsNode[] = [];

  beforeAll(async () => {
    const path = join(process.env['TEST_RUN_DIRECTORY'] ?? '', 'nats-users.conf');
    writeFileSync(path, CONFIGURATION);
    server = await prepareNats('-c', path);
    await server.start();
  }, NATS_TIMEOUT);

  afterAll(() => server.kill());

  beforeEach(() => {
    log = LogRecorder.install();
  });

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()));
  });

  function aNode(user: string, password: string, settings: Readonly<Record<string, string>> = {}): NatsNode {
    const url = new URL(server.url);
    const who = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
    const node = new NatsNode(`nats://${who}@${url.host}`, settings);
    nodes.push(node);
    node.source.start();
    node.bus.open();
    return node;
  }

  it('lets in who has the right password', async () => {
    const node = aNode('all', 'p@ss word');
    await consuming(node.source);
    await waitFor('an event to be published', async () => (await node.bus.publish([anEvent()])).kind === 'published');
    await arrived(node.intake, 1);

    expect(node.intake.bodies).toEqual(['1']);
  });

  it('writes no password into the log', async () => {
    const node = aNode('all', 'hunter2');
    await waitFor('a refused login', () => node.source.stats.connectFailures > 0);

    expect(log.of('source.connect.failed')).toEqual([expect.stringMatching(/authorization violation/i)]);
    expect([...log.lines, node.reason].join('\n')).not.toContain('hunter2');
  });

  it('refuses one subject, and the others go on', async () => {
    const node = aNode('some', 'secret', { HERMES_NATS_SUBJECTS: 'private.a,news' });
    const other = aNode('all', 'p@ss word');
    await waitFor('the refusal', () => node.reason?.startsWith('subject private.a: '));
    await waitFor('an event to be published', async () => (await other.bus.publish([anEvent()])).kind === 'published');
    await arrived(node.intake, 1);

    expect(node.reason).toMatch(/permissions violation/i);
    expect(node.source.stats).toMatchObject({ subjectRefusals: 1, disconnects: 0, repairFailures: 0 });
  });

  it('says why it takes no event from this node', async () => {
    const node = aNode('some', 'secret');
    await consuming(node.source);
    await waitFor('the bus to connect', () => node.bus.stats.connects === 1);

    await expect(node.bus.publish([anEvent()])).resolves.toMatchObject({
      kind: 'unavailable',
      reason: expect.stringMatching(/permissions violation.*hermes\.events/i),
    });
    expect(node.intake.events).toEqual([]);
  });
});
