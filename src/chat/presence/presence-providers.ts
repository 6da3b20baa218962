import type { InjectionToken, Provider } from '@nestjs/common';
import { Delivery } from '../../delivery/index.js';
import { RedisConnection } from '../../stores/index.js';
import { ChatStore } from '../model/index.js';
import { MemoryPresence } from './memory-presence.js';
import { PresenceAudience, type LocalMemberships } from './presence-audience.js';
import { PresenceStore } from './presence-store.js';
import { PresenceTimes } from './presence-times.js';
import { PresenceService } from './presence.service.js';
import { RedisPresence } from './redis-presence.js';
import { Roster } from './roster.js';

/**
 * What a module needs to have a {@link PresenceService}, beside `Delivery`, `ChatStore` and `ChatBus`.
 *
 * @param local token of the {@link LocalMemberships}
 * @param shared whether nodes share what they know, by way of Redis; the module then imports `RedisModule`
 */
export function presenceProviders(local: InjectionToken<LocalMemberships>, shared: boolean): Provider[] {
  return [
    PresenceTimes,
    {
      provide: Roster,
      inject: [Delivery, PresenceTimes],
      useFactory: ({ clock }: Delivery, { grace }: PresenceTimes) => new Roster(clock, Date, grace),
    },
    shared
      ? {
          provide: PresenceStore,
          inject: [RedisConnection, PresenceTimes],
          useFactory: (connection: RedisConnection, times: PresenceTimes) => new RedisPresence(connection, times),
        }
      : {
          provide: PresenceStore,
          inject: [Roster],
          useFactory: (roster: Roster) => new MemoryPresence(roster),
        },
    {
      provide: PresenceAudience,
      inject: [local, ChatStore, Delivery],
      useFactory: (memberships: LocalMemberships, store: ChatStore, { users }: Delivery) =>
        new PresenceAudience(memberships, store, (userId) => users.sessionsOf(userId) !== undefined),
    },
    PresenceService,
  ];
}
