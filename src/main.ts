import cluster from 'node:cluster';
import { existsSync } from 'node:fs';
import { isIPv6, type AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppConfig } from './app.config.js';
import { startHermes } from './app.js';
import { ApiConfig, ApiKey, AuthConfig, extensionFault } from './auth/index.js';
import { GrpcConfig, GrpcServer } from './chat/grpc/index.js';
import { ConfigurationError, type Settings } from './config/index.js';
import { LogConfig, PinoLogger } from './observability/index.js';
import { SessionsConfig } from './sessions/index.js';
import { hasChat, section, settingsFrom } from './settings.js';
import { localOriginIn, welcome, type Surroundings } from './welcome.js';
import { Primary, tellPrimary, WorkerFailed, WorkersConfig } from './workers/index.js';

/** Milliseconds beside delay and drain for requests under way, for brokers and stores, and for a start under way, to end in. */
const CLOSING = 10_000;
/** Milliseconds longer that the primary process waits, so that its workers end themselves. */
const MARGIN = 2_000;

/** Hermes, as it is started and ended. */
interface Runnable {
  /** Resolves when everything has started, or has been told to stop before that. */
  start(): Promise<unknown>;
  /** Stops it in good order, also while it is on its way up. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

/** One process that does everything; also what each worker runs. */
function runNode(settings: Settings): Runnable {
  let up: ReturnType<typeof startNode> | undefined;
  return {
    start: () => (up = startNode(settings)),
    // A start is not broken off: what it has opened so far can be closed in good order when it is complete.
    stop: async () => {
      setTimeout(() => abandon(settings), patience(settings));
      const stopNode = await up;
      await stopNode?.();
    },
    kill: () => undefined,
  };
}

/** Milliseconds that a stop may take; docs/operations.md names a time of grace that goes by it. */
function patience(settings: Settings): number {
  const { shutdownDelay, drain } = section(settings, SessionsConfig);
  // A drain that no timer could measure is not waited for either.
  return Math.min(shutdownDelay + drain, 2e9) + CLOSING;
}

/** A broker or a store that says nothing is left behind: nobody is killed in the middle of something else for it. */
function abandon(settings: Settings): void {
  const logger = new PinoLogger(section(settings, LogConfig));
  logger.error('shutdown.overdue', {}, 'Hermes');
  process.exit(1);
}

/** @returns what stops it */
async function startNode(settings: Settings): Promise<() => Promise<void>> {
  const app = await startHermes(settings).catch((error: unknown) => {
    throw extensionFault(error, section(settings, AuthConfig).modules);
  });
  const address = app.getHttpServer().address() as AddressInfo;
  if (cluster.isWorker) await tellPrimary({ hermes: 'started', address });
  const farewell = cluster.isWorker ? () => undefined : welcome(address, app.get(ApiKey), around(settings, app));
  return async () => {
    farewell();
    await app.close();
  };
}

function runWorkers(settings: Settings, workers: number): Runnable {
  const apiKey = new ApiKey(section(settings, ApiConfig));
  const primary = new Primary({
    workers,
    environment: { HERMES_API_KEY: apiKey.secret.reveal() },
    logger: new PinoLogger(section(settings, LogConfig)),
    patience: patience(settings) + MARGIN,
  });
  let farewell = (): void => undefined;
  return {
    start: async () => {
      const address = await primary.start();
      if (address) farewell = welcome(address, apiKey, around(settings));
    },
    stop: async () => {
      farewell();
      await primary.stop();
    },
    kill: () => primary.kill(),
  };
}

/** @param app where the port is known, even if a free one was asked for; workers share the one of the settings */
function around(settings: Settings, app?: NestFastifyApplication): Surroundings {
  return {
    chat: hasChat(settings) ? chatAddress(settings, app) : undefined,
    localOrigin: localOriginIn(process.env['HERMES_AUTH_PROVIDERS']),
  };
}

function chatAddress(settings: Settings, app: NestFastifyApplication | undefined): string | undefined {
  const { host } = section(settings, AppConfig);
  const { port: asked, tlsCert } = section(settings, GrpcConfig);
  const port = app?.get(GrpcServer, { strict: false }).port ?? asked;
  if (port === 0) return undefined;
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return tlsCert === '' ? address : `grpcs://${address}`;
}

function stopOnSignal({ stop, kill }: Runnable): void {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) {
      // A service manager signals every process of the group, and the primary process passes on its own: a worker hears
      // twice of one stop. When there is no time left the primary process kills it.
      if (cluster.isWorker) return;
      kill();
      process.exit(1);
    }
    stopping = true;
    void stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', onSignal);
  // Ctrl-C reaches every process of the terminal; workers wait for the word of their primary process.
  process.on('SIGINT', cluster.isWorker ? () => undefined : onSignal);
}

if (existsSync('.env')) process.loadEnvFile('.env');

try {
  const settings = settingsFrom(process.env);
  const { workers } = section(settings, WorkersConfig);
  const hermes = cluster.isPrimary && workers > 1 ? runWorkers(settings, workers) : runNode(settings);
  // Before anything is open: whoever has a client already must hear of it.
  stopOnSignal(hermes);
  await hermes.start();
} catch (error) {
  console.error(isForOperator(error) ? error.message : error);
  process.exit(1);
}

/** A setting to mend, a port that is taken: a stack trace would only hide what to do. */
function isForOperator(error: unknown): error is Error {
  if (error instanceof ConfigurationError || error instanceof WorkerFailed) return true;
  return error instanceof Error && 'syscall' in error;
}
