import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { API_KEY, Node } from '../../support/hermes/node.js';
import type { Client } from '../../support/hermes/client.js';
import { describeWithRabbit } from '../../support/index.js';
import { describeUnless } from '../../support/services/describe-with.js';
import { findProgram, provision } from '../../support/services/provision.js';

/** What a language needs to run the programs of the guide. */
interface Language {
  readonly name: string;
  /** Debian packages, and a file that is there when they are. */
  readonly packages: readonly string[];
  readonly file: () => string | undefined;
  run(folder: string, program: string, env: NodeJS.ProcessEnv): Promise<unknown>;
}

const JAVA_CLIENT = '/usr/share/java/amqp-client.jar';
const PHP_CLIENT = '/usr/share/php/PhpAmqpLib/autoload.php';
const execute = promisify(execFile);
/** A compiler that has nothing in its cache needs a while on a busy machine. */
const PATIENCE = 300_000;

const LANGUAGES: readonly Language[] = [
  {
    name: 'python',
    packages: ['python3', 'python3-pika'],
    file: () => present('/usr/lib/python3/dist-packages/pika/__init__.py'),
    run: (folder, program, env) => execute('/usr/bin/python3', [program], { cwd: folder, env }),
  },
  {
    name: 'java',
    packages: ['default-jdk-headless', 'librabbitmq-client-java', 'libslf4j-java'],
    file: () => (findProgram('javac') === undefined ? undefined : present(JAVA_CLIENT)),
    run: (folder, program, env) =>
      execute('java', ['-cp', `${JAVA_CLIENT}:/usr/share/java/slf4j-api.jar`, program], { cwd: folder, env }),
  },
  {
    name: 'go',
    packages: ['golang-go'],
    file: () => findProgram('go', '/usr/local/go/bin/go'),
    async run(folder, program, env) {
      const go = findProgram('go', '/usr/local/go/bin/go') ?? 'go';
      const module = 'module producer\n\ngo 1.19\n\nrequire github.com/rabbitmq/amqp091-go v1.10.0\n';
      await writeFile(join(folder, 'go.mod'), module);
      await writeFile(join(folder, 'go.sum'), GO_SUM);
      return execute(go, ['run', program], { cwd: folder, env: { ...env, GOFLAGS: '-mod=mod' } });
    },
  },
  {
    name: 'php',
    packages: ['php-cli', 'php-amqplib'],
    file: () => (findProgram('php') === undefined ? undefined : present(PHP_CLIENT)),
    async run(folder, program, env) {
      await mkdir(join(folder, 'vendor'), { recursive: true });
      await writeFile(join(folder, 'vendor/autoload.php'), `<?php require '${PHP_CLIENT}';\n`);
      return execute('php', [program], { cwd: folder, env });
    },
  },
];

const GO_SUM =
  'github.com/rabbitmq/amqp091-go v1.10.0 h1:STpn5XsHlHGcecLmMFCtg7mqq0RnD+zFr4uzukfVhBw=\n' +
  'github.com/rabbitmq/amqp091-go v1.10.0/go.mod h1:Hy4jKW5kQART1u+JkDTF9YYOQUHXqMuhrgxOEeS7G4o=\n';

interface Program {
  readonly file: string;
  readonly code: string;
}

/** The programs of the guide in one language, each under the name that its first comment gives it. */
function programsIn(language: string): Program[] {
  const guide = readFileSync('docs/guides/producers.md', 'utf8');
  return [...guide.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => {
    const [, file] = /^(?:#|\/\/) (\w+\.\w+)$/m.exec(code) ?? [];
    if (file === undefined) throw new Error(`a program in ${language} has no name`);
    return { file, code };
  });
}

describeWithRabbit('the producers of docs/guides/producers.md', (rabbit) => {
  let node: Node;
  let client: Client;
  let folder: string;

  beforeAll(async () => {
    node = await Node.start({ HERMES_RABBITMQ_URI: rabbit().uri, HERMES_RABBITMQ_EXCHANGES: 'prices' });
    client = await node.client();
    await client.ask('subscribe', { channel: 'prices' });
    folder = await mkdtemp(join(tmpdir(), 'hermes-producers-'));
  });

  afterAll(async () => {
    await node.stop();
    await rm(folder, { recursive: true, force: true });
  });

  for (const language of LANGUAGES) {
    describeUnless(absenceOf(language), `in ${language.name}`, () => {
      it.each(programsIn(language.name))(
        'publish with $file',
        async ({ file, code }) => {
          const place = await mkdtemp(join(folder, language.name));
          await writeFile(join(place, file), code);
          const env = {
            ...process.env,
            AMQP_URL: rabbit().uri,
            HERMES_URL: node.url,
            HERMES_API_KEY: API_KEY,
          };
          await language.run(place, file, env);

          expect(await client.next()).toEqual({
            broadcast: true,
            channel: 'prices',
            event: 'tick',
            data: { tick: { symbol: 'BTC', price: 97_000 } },
          });
        },
        PATIENCE,
      );
    });
  }

  it('are two in each language', () => {
    expect(LANGUAGES.map(({ name }) => programsIn(name).length)).toEqual([2, 2, 2, 2]);
  });
});

function present(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}

function absenceOf({ name, packages, file }: Language): string | undefined {
  const means = provision({
    name: `producers-in-${name}`,
    variable: 'TEST_PRODUCERS',
    program: file,
    packages,
    image: '',
  });
  return means.kind === 'program' ? undefined : `${packages.join(', ')} cannot be had here`;
}
