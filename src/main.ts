import cluster from 'node:cluster';
import { existsSync } from 'node:fs';
import { isIPv6, type AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppConfig } from './app.config.js';
import { startHermes } from './app.js';
import { ApiConfig, ApiKey } from './auth/index.js';
import { GrpcConfig, GrpcServer } from './chat/grpc/index.js';
import { ConfigurationError, type Settings } from './config/index.js';
import { LogConfig, PinoLogger } from './observability/index.js';
import { hasChat, section, settingsFrom } from './settings.js';
import { hasLocalUsers, welcome, type ChatPlace } from './welcome.js';
import { Primary, tellPrimary, WorkerFailed, WorkersConfig } from './workers/index.js';

/** What stops Hermes in good order, and what ends it at once. */
interface Running {
  stop(): Promise<void>;
  kill(): void;
}

/** One process that does everything; also what each worker runs. */
async function runNode(settings: Settings): Promise<Running> {
  const app = await startHermes(settings);
  const address = app.getHttpServer().address() as AddressInfo;
  if (cluster.isWorker) await tellPrimary({ hermes: 'started', address });
  const farewell = cluster.isWorker ? () => undefined : welcome(address, app.get(ApiKey), chatOf(settings, app));
  return {
    stop: async () => {
      farewell();
      await app.close();
    },
    kill: () => undefined,
  };
}

async function runWorkers(settings: Settings, workers: number): Promise<Running> {
  const apiKey = new ApiKey(section(settings, ApiConfig));
  const primary = new Primary({
    workers,
    environment: { HERMES_API_KEY: apiKey.secret.reveal() },
    logger: new PinoLogger(section(settings, LogConfig)),
  });
  const address = await primary.start().catch((error: unknown) => {
    primary.kill();
    throw error;
  });
  const farewell = welcome(address, apiKey, chatOf(settings));
  return {
    stop: async () => {
      farewell();
      await primary.stop();
    },
    kill: () => primary.kill(),
  };
}

/** @param app where the port is known, even if a free one was asked for; workers share the one of the settings */
function chatOf(settings: Settings, app?: NestFastifyApplication): ChatPlace | undefined {
  if (!hasChat(settings)) return undefined;
  const { host } = section(settings, AppConfig);
  const { port: asked, tlsCert } = section(settings, GrpcConfig);
  const port = app?.get(GrpcServer, { strict: false }).port ?? asked;
  if (port === 0) return undefined;
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return {
    address: tlsCert === '' ? address : `grpcs://${address}`,
    hasLocalUsers: hasLocalUsers(process.env['HERMES_AUTH_PROVIDERS']),
  };
}

function stopOnSignal({ stop, kill }: Running): void {
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
  stopOnSignal(await (cluster.isPrimary && workers > 1 ? runWorkers(settings, workers) : runNode(settings)));
} catch (error) {
  console.error(isForOperator(error) ? error.message : error);
  process.exit(1);
}

/** A setting to mend, a port that is taken: a stack trace would only hide what to do. */
function isForOperator(error: unknown): error is Error {
  if (error instanceof ConfigurationError || error instanceof WorkerFailed) return true;
  return error instanceof Error && 'syscall' in error;
}
