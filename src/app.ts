import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { AppConfig } from './app.config.js';
import { AppModule } from './app.module.js';
import { AuthConfig, loadAuthModules } from './auth/index.js';
import { BusConfig, type BusKind } from './bus.config.js';
import { startGrpc } from './chat/grpc/index.js';
import { ConfigurationError, type Settings } from './config/index.js';
import { HttpDoor } from './http/index.js';
import { HermesWsAdapter } from './gateways/websocket/index.js';
import { AdminConfig, AdminDoor, LogConfig, PinoLogger, VERSION } from './observability/index.js';
import { SessionsConfig } from './sessions/index.js';
import { brokersOf, hasChat, section } from './settings.js';
import { ShutdownSequence } from './shutdown-sequence.js';
import { SourceRegistry } from './sources/index.js';

/** Milliseconds for the head of a request to arrive in, and between two looks at that. */
const HEAD_ARRIVAL = 30_000;
const LOOK = 5_000;
/**
 * Milliseconds for which an idle connection is kept: longer than any load balancer does by default (Google's keeps them for
 * 600 s), or it would send a request on a connection that is being closed. When there are too many the idle ones go first.
 */
const KEEP_ALIVE = 620_000;

/** Builds Hermes and starts it: when this resolves it listens, and its sources are on their way to their brokers. */
export async function startHermes(settings: Settings): Promise<NestFastifyApplication> {
  const { host, port } = section(settings, AppConfig);
  const logger = new PinoLogger(section(settings, LogConfig));
  const extensions = await loadAuthModules(section(settings, AuthConfig).modules);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(settings, extensions),
    // Event bodies are passed on, never merged into anything: keys such as `__proto__` are nothing to us.
    new FastifyAdapter({
      // Producers of rooms post to `/trigger/`; Nest registers every path without its last slash.
      routerOptions: { ignoreTrailingSlash: true },
      http: { headersTimeout: HEAD_ARRIVAL, connectionsCheckingInterval: LOOK },
      keepAliveTimeout: KEEP_ALIVE,
    }),
    // Bodies are read by those who want them (sources/http).
    { logger, bodyParser: false, abortOnError: false },
  );
  app.get(HttpDoor).bound(section(settings, SessionsConfig).maxSessions);
  app.useWebSocketAdapter(app.get(HermesWsAdapter));
  serveApiPage(app);
  await app.listen(port, host).catch((error: unknown) => {
    throw cannotListen(error, host, port);
  });
  const { adminPort } = section(settings, AdminConfig);
  await app
    .get(AdminDoor, { strict: false })
    .listen(host)
    .catch(async (error: unknown) => {
      await app.close();
      throw cannotListen(error, host, adminPort, 'HERMES_ADMIN_PORT');
    });
  logger.log('server.listening', { url: await app.getUrl() }, 'Hermes');
  logger.log('bus.chosen', reachOf(section(settings, BusConfig).kindOn(brokersOf(settings))), 'Hermes');
  if (hasChat(settings)) logger.log('grpc.listening', { url: await startGrpc(app, host) }, 'Hermes');
  app.get(SourceRegistry).start();
  app.get(ShutdownSequence).begin();
  return app;
}

/** How far events go that are published through this node; of several nodes on `memory` each would have its own. */
function reachOf(bus: BusKind): { readonly bus: BusKind; readonly reach: string } {
  if (bus !== 'memory') return { bus, reach: 'what is published through this node reaches all nodes on this bus' };
  return {
    bus,
    reach: 'what is published through this node stays on this machine: several nodes need a broker (HERMES_BUS)',
  };
}

/** What the operator can mend, where it is that: a port that is taken, an address that is none of ours. */
function cannotListen(error: unknown, host: string, port: number, setting = 'HERMES_PORT'): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const cannot = `cannot listen on ${host}:${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return new ConfigurationError([`${setting}: ${cannot}: it is in use; stop what is there, or set another`]);
    case 'EACCES':
      return new ConfigurationError([`${setting}: ${cannot}: not allowed; set one above 1023`]);
    case 'ENOTFOUND':
    case 'EADDRNOTAVAIL':
      return new ConfigurationError([
        `HERMES_HOST: ${cannot}: no address of this machine; 0.0.0.0 stands for all of them`,
      ]);
    default:
      return error;
  }
}

function serveApiPage(app: NestFastifyApplication): void {
  const description = 'Event delivery. WebSocket protocols are described in PROTOCOL.md beside their gateways.';
  const document = new DocumentBuilder()
    .setTitle('Hermes')
    .setDescription(description)
    .setVersion(VERSION)
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'the HERMES_API_KEY of this server' })
    .build();
  SwaggerModule.setup('api/docs', app, () => SwaggerModule.createDocument(app, document), {
    jsonDocumentUrl: 'api/openapi.json',
  });
}
