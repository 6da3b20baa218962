import { ApplicationConfig, DiscoveryService, MetadataScanner, NestContainer } from '@nestjs/core';
import {
  GuardsConsumer,
  GuardsContextCreator,
  InterceptorsConsumer,
  InterceptorsContextCreator,
  PipesConsumer,
  PipesContextCreator,
  type InstanceWrapper,
} from '@nestjs/core/internal';
import { ExceptionFiltersContext } from '@nestjs/websockets/context/exception-filters-context.js';
import { WsContextCreator } from '@nestjs/websockets/context/ws-context-creator.js';
import { WsProxy } from '@nestjs/websockets/context/ws-proxy.js';
import { GATEWAY_OPTIONS, MESSAGE_METADATA } from '@nestjs/websockets/internal';
import * as fc from 'fast-check';
import { isObservable, lastValueFrom } from 'rxjs';
import { CommandCall, type Gateway } from '../../../src/gateways/websocket/index.js';
import { CommandPipeline } from '../../../src/gateways/websocket/command-pipeline.js';
import { SessionService } from '../../../src/sessions/index.js';
import { FakeConnection, aClient } from '../../support/builders/index.js';
import { Node } from '../../support/hermes/node.js';

/*
 * Hermes runs the methods of its gateways through a pipeline of its own. This spec runs each of them through Nest's as
 * well, with the same commands, and compares: it goes red when an upgrade of Nest changes what its decorators mean.
 */

interface Method {
  readonly label: string;
  readonly wrapper: InstanceWrapper;
  readonly name: string;
}

interface Outcome {
  readonly reply: unknown;
  readonly refusal: { readonly code: number; readonly message: string } | undefined;
  readonly written: string;
}

const value = fc.oneof(
  fc.constantFrom('prices', 'tick', 'user', 'any', '***', '', 'token-of-nobody'),
  fc.string({ maxLength: 300 }),
  fc.constantFrom<unknown>(undefined, null, 0, 1.5, true, [], {}, ['a'], { a: 1 }),
);
const FIELDS =
  'channel event token origin role topic data type id room user body channelId position requestId command options ids ' +
  'authToken name rid recipients';
const body = fc.dictionary(fc.constantFrom(...FIELDS.split(' ')), value);

describe('a gateway method', () => {
  let node: Node;
  let nest: WsContextCreator;

  beforeAll(async () => {
    node = await Node.start({
      HERMES_AUTH_PROVIDERS: JSON.stringify({ user: { type: 'static', tokens: { t: { userId: 'bob' } } } }),
    });
    nest = contextCreatorOf(node);
  });

  afterAll(() => node.stop());

  it('is what this spec is about, in each gateway', () => {
    const gateways = new Set(methodsOf(node).map(({ wrapper }) => wrapper.name));

    expect([...gateways].sort()).toEqual(['CommandsGateway', 'HermesGateway', 'RoomsGateway', 'TopicsGateway']);
  });

  it('does the same through Nest’s pipeline and through ours', async () => {
    for (const method of methodsOf(node)) {
      await fc.assert(
        fc.asyncProperty(body, async (command) => {
          const theirs = await outcomeOf(method, command, (call) => throughNest(nest, method, call));
          const ours = await outcomeOf(method, command, (call) => throughOurs(method, call));
          expect({ method: method.label, ...ours }).toEqual({ method: method.label, ...theirs });
        }),
        { numRuns: 60 },
      );
    }
  });

  /** A fresh session for each run, since commands change it. */
  async function outcomeOf(
    { wrapper, name }: Method,
    command: Record<string, unknown>,
    run: (call: CommandCall) => Promise<unknown>,
  ): Promise<Outcome> {
    const { dialect } = wrapper.instance as Gateway;
    const connection = new FakeConnection();
    const sessions = node.app.get(SessionService, { strict: false });
    const session = sessions.open(dialect, aClient, connection);
    const target = { type: wrapper.metatype as never, method: methodOf(wrapper, name) };
    // The dialect of topics makes the channel of a topic, which is a text whatever the client sent.
    const decoded = dialect.name === 'topics' ? { ...command, channel: String(command['channel']) } : command;
    const call = new CommandCall({ name, id: 7, body: structuredClone(decoded) }, session, dialect, target);
    const reply = await run(call);
    session.left();
    const { refusal } = call;
    return {
      reply: withoutCounts(reply),
      refusal: refusal && { code: refusal.code, message: JSON.stringify(refusal.message) },
      written: connection.text,
    };
  }
});

/** Rooms answers `status` with what it has counted, the command itself included. */
function withoutCounts(reply: unknown): unknown {
  if (typeof reply !== 'object' || reply === null) return reply;
  return Object.fromEntries(Object.entries(reply).filter(([key]) => key !== 'ws_messages_received'));
}

function contextCreatorOf({ app }: Node): WsContextCreator {
  const container = (app as unknown as { container: NestContainer }).container;
  const config = app.get(ApplicationConfig);
  return new WsContextCreator(
    new WsProxy(),
    new ExceptionFiltersContext(container),
    new PipesContextCreator(container, config),
    new PipesConsumer(),
    new GuardsContextCreator(container, config),
    new GuardsConsumer(),
    new InterceptorsContextCreator(container, config),
    new InterceptorsConsumer(),
  );
}

function methodsOf({ app }: Node): Method[] {
  const gateways = app
    .get(DiscoveryService, { strict: false })
    .getProviders()
    .filter(({ metatype }) => metatype && Reflect.hasMetadata(GATEWAY_OPTIONS, metatype));
  return gateways.flatMap((wrapper) =>
    new MetadataScanner()
      .getAllMethodNames(Object.getPrototypeOf(wrapper.instance) as object)
      .filter((name) => Reflect.hasMetadata(MESSAGE_METADATA, methodOf(wrapper, name)))
      .map((name) => ({ label: `${wrapper.name}.${name}`, wrapper, name })),
  );
}

function methodOf({ instance }: InstanceWrapper, name: string): (...args: unknown[]) => unknown {
  return (instance as Record<string, (...args: unknown[]) => unknown>)[name] as (...args: unknown[]) => unknown;
}

async function throughNest(nest: WsContextCreator, { wrapper, name }: Method, call: CommandCall): Promise<unknown> {
  const handler = nest.create(wrapper.instance as never, methodOf(wrapper, name), wrapper.host!.token, name);
  const result: unknown = await handler(call.session, call);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}

async function throughOurs({ wrapper, name }: Method, call: CommandCall): Promise<unknown> {
  const resolve = <T>(type: new (...args: never[]) => T): T => wrapper.host!.injectables.get(type)?.instance as T;
  return new CommandPipeline(wrapper.instance as object, name, resolve as never).run(call);
}
