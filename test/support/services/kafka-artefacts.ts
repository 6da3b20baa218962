import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './provision.js';

const VERSION = '3.9.1';
const OLDEST_JAVA = 17;
/** From an empty cache this is some forty small files. */
const DOWNLOAD_TIMEOUT = 300_000;

/** Where the program's archives are, or why they cannot be had. */
export type KafkaArtefacts = { readonly folder: string } | { readonly reason: string };

/** The archives of Kafka from Maven Central, kept from run to run beside the modules of Node. */
export function kafkaArtefacts(): KafkaArtefacts {
  const java = javaVersion();
  if (java < OLDEST_JAVA) return { reason: `Java ${OLDEST_JAVA} is not installed` };
  const cache = join(process.cwd(), 'node_modules', '.cache');
  const folder = join(cache, `kafka-${VERSION}`);
  if (existsSync(folder)) return { folder };
  if (findProgram('mvn') === undefined) return { reason: 'Maven, which would fetch it, is not installed' };
  process.stderr.write(`tests: fetching Kafka ${VERSION} from Maven Central\n`);
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, 'kafka-draft-'));
  const fault = fetchInto(draft);
  if (fault === undefined) adopt(join(draft, 'lib'), folder);
  rmSync(draft, { recursive: true, force: true });
  return existsSync(folder) ? { folder } : { reason: `Maven could not fetch Kafka: ${fault}` };
}

function javaVersion(): number {
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8', timeout: 20_000 });
  return Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
}

/** @returns what went wrong */
function fetchInto(folder: string): string | undefined {
  writeFileSync(join(folder, 'pom.xml'), project());
  const goal = ['dependency:copy-dependencies', '-DoutputDirectory=lib', '-DincludeScope=runtime'];
  const maven = ['mvn', '--batch-mode', '--quiet', ...goal];
  // Two runs at once must not write the same files of Maven's own cache.
  const lock = findProgram('flock') === undefined ? [] : ['flock', join(tmpdir(), 'hermes-test-maven.lock')];
  const [program = '', ...args] = [...lock, ...maven];
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: DOWNLOAD_TIMEOUT,
  });
  return status === 0 ? undefined : `${stdout}${stderr}`.replaceAll(/\s+/g, ' ').trim().slice(-500);
}

/** Another run may have been faster; then its files serve. */
function adopt(library: string, folder: string): void {
  try {
    renameSync(library, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function project(): string {
  const dependencies = [
    ['org.apache.kafka', 'kafka_2.13', VERSION],
    ['org.slf4j', 'slf4j-simple', '1.7.36'],
  ].map(
    ([group, artifact, version]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
  );
  return (
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>' +
    '<groupId>hermes</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>' +
    `<dependencies>${dependencies.join('')}</dependencies></project>\n`
  );
}
