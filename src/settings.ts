import { SUBSCRIBE_PATH } from '@hermes/protocol';
import { AddressesConfig } from './addresses/index.js';
import { AppConfig } from './app.config.js';
import { ApiConfig, AuthConfig } from './auth/index.js';
import { BusConfig } from './bus.config.js';
import {
  ConfigurationError,
  readSettings,
  type Environment,
  type Settings,
  type SettingsClass,
} from './config/index.js';
import { GrpcConfig } from './chat/grpc/index.js';
import { ChatConfig } from './chat/index.js';
import { TopicsConfig } from './gateways/topics/index.js';
import { CommandsConfig } from './gateways/commands/index.js';
import { RoomsConfig } from './gateways/rooms/index.js';
import { WebSocketConfig } from './gateways/websocket/index.js';
import { AdminConfig, LogConfig } from './observability/index.js';
import { CommandBudgetConfig, DeliveryConfig, SessionsConfig } from './sessions/index.js';
import { KafkaConfig } from './sources/kafka/index.js';
import { NatsConfig } from './sources/nats/index.js';
import { HttpSourceConfig } from './sources/http/index.js';
import { RabbitMqConfig } from './sources/rabbitmq/index.js';
import { PostgresConfig, RedisConfig } from './stores/index.js';
import { WorkersConfig } from './workers/index.js';

/** Characters of an API key that strangers may try. */
const MIN_KEY = 16;

/** The settings of every feature, in the order in which .env.example and the README list them. */
export const SECTIONS: readonly SettingsClass[] = [
  AppConfig,
  WorkersConfig,
  ApiConfig,
  BusConfig,
  HttpSourceConfig,
  RabbitMqConfig,
  KafkaConfig,
  NatsConfig,
  AuthConfig,
  AddressesConfig,
  WebSocketConfig,
  CommandBudgetConfig,
  CommandsConfig,
  TopicsConfig,
  RoomsConfig,
  ChatConfig,
  GrpcConfig,
  PostgresConfig,
  RedisConfig,
  SessionsConfig,
  DeliveryConfig,
  LogConfig,
  AdminConfig,
];

/** @throws {ConfigurationError} with every fault at once */
export function settingsFrom(environment: Environment): Settings {
  const settings = readSettings(environment, SECTIONS);
  const faults = [...busFaults(settings), ...storeFaults(settings), ...keyFaults(settings), ...pathFaults(settings)];
  if (faults.length > 0) throw new ConfigurationError(faults);
  return settings;
}

/** Chat is on when it has a place to keep things. */
export function hasChat(settings: Settings): boolean {
  const { url, dataDir } = section(settings, PostgresConfig);
  return url !== '' || dataDir !== '';
}

export function section<T extends object>(settings: Settings, { name }: SettingsClass<T>): T {
  return settings[name] as T;
}

/** Which brokers the settings lead to. */
export function brokersOf(settings: Settings): Readonly<Record<'rabbitmq' | 'nats', boolean>> {
  return {
    rabbitmq: section(settings, RabbitMqConfig).uri !== '',
    nats: section(settings, NatsConfig).url !== '',
  };
}

function busFaults(settings: Settings): string[] {
  const brokers = brokersOf(settings);
  const kind = section(settings, BusConfig).kindOn(brokers);
  if (kind === 'memory' || brokers[kind]) return [];
  return [`HERMES_BUS: ${kind} needs ${kind === 'rabbitmq' ? 'HERMES_RABBITMQ_URI' : 'HERMES_NATS_URL'}`];
}

/** Each path belongs to one gateway; the last slash makes no difference. */
function pathFaults(settings: Settings): string[] {
  const takers = new Map([[SUBSCRIBE_PATH, 'the Hermes JSON protocol']]);
  const claims = [
    ['HERMES_COMMANDS_PATHS', section(settings, CommandsConfig).paths],
    ['HERMES_TOPICS_PATHS', section(settings, TopicsConfig).paths],
    ['HERMES_ROOMS_PATHS', section(settings, RoomsConfig).paths],
  ] as const;
  return claims.flatMap(([variable, paths]) =>
    [...new Set(paths.map((path) => path.replace(/\/$/, '')))].flatMap((path) => {
      const taker = takers.get(path);
      takers.set(path, variable);
      return taker === undefined ? [] : [`${variable}: ${path} is taken by ${taker}: choose another`];
    }),
  );
}

/** A key that can be tried out is no key, but where only this machine can try. */
function keyFaults(settings: Settings): string[] {
  const { apiKey } = section(settings, ApiConfig);
  const { host } = section(settings, AppConfig);
  if (apiKey === '' || apiKey.length >= MIN_KEY || isLoopback(host)) return [];
  return [
    `HERMES_API_KEY: must have at least ${MIN_KEY} characters, since HERMES_HOST=${host} can be reached by others: ` +
      'take a random one (openssl rand -base64 32), or leave it unset and one is made',
  ];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function storeFaults(settings: Settings): string[] {
  const { url, dataDir } = section(settings, PostgresConfig);
  const { workers } = section(settings, WorkersConfig);
  if (url !== '' || dataDir === '' || workers <= 1) return [];
  return ['HERMES_DATA_DIR: an embedded database serves one process: set HERMES_POSTGRES_URL, or HERMES_WORKERS=1'];
}
