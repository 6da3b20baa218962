import type { Permissions } from '@hermes/protocol';
import * as fc from 'fast-check';
import type { ChatStore, ChatWrite } from '../../../../src/chat/model/index.js';
import { candidate, creation, may, message, reading, said, seen } from '../../../support/chat/writes.js';

const USERS = ['ann', 'bob', 'cid', 'dan'];

/** One thing that somebody wants, of a channel yet to be named. */
type Wish = (channelId: string) => ChatWrite;

interface Step {
  readonly wish: Wish;
  readonly kind: ChatWrite['kind'];
  readonly by: string;
  readonly whom: string;
  readonly permissions: Permissions;
}

/** What is allowed, in as few words as possible: members with their permissions, and who sent what. */
class Model {
  readonly members = new Map<string, Permissions>();
  readonly senders = new Map<number, string>();
  position = 1;

  constructor(creator: string, others: readonly string[]) {
    for (const other of others) this.members.set(other, may('rw'));
    this.members.set(creator, may('rwm'));
  }

  expect({ kind, by, whom, permissions }: Step): string {
    const own = this.members.get(by);
    if (own === undefined) return 'NOT_FOUND';
    switch (kind) {
      case 'send':
        return own.write ? this.#grow(() => this.senders.set(this.position, by)) : 'PERMISSION_DENIED';
      case 'mark':
        return own.read ? 'marked' : 'PERMISSION_DENIED';
      case 'edit':
        if (!this.senders.has(2)) return 'NOT_FOUND';
        return this.senders.get(2) === by && own.write ? this.#grow() : 'PERMISSION_DENIED';
      case 'add':
        if (!own.manage) return 'PERMISSION_DENIED';
        return this.members.has(whom) ? 'written' : this.#grow(() => this.members.set(whom, permissions));
      case 'permit':
        if (!own.manage) return 'PERMISSION_DENIED';
        if (!this.members.has(whom)) return 'NOT_FOUND';
        if (!permissions.manage && this.#isLastManager(whom)) return 'FAILED_PRECONDITION';
        if (JSON.stringify(this.members.get(whom)) === JSON.stringify(permissions)) return 'written';
        return this.#grow(() => this.members.set(whom, permissions));
      default:
        if (whom !== by && !own.manage) return 'PERMISSION_DENIED';
        if (whom === by && this.#isLastManager(by)) return 'FAILED_PRECONDITION';
        return this.members.has(whom) ? this.#grow(() => this.members.delete(whom)) : 'written';
    }
  }

  #isLastManager(userId: string): boolean {
    const managers = [...this.members].filter(([, { manage }]) => manage).map(([name]) => name);
    return managers.length === 1 && managers[0] === userId && this.members.size > 1;
  }

  #grow(change: () => unknown = () => undefined): 'written' {
    this.position++;
    change();
    return 'written';
  }
}

const steps = fc
  .record({
    kind: fc.constantFrom<ChatWrite['kind']>('send', 'mark', 'edit', 'add', 'permit', 'remove'),
    by: fc.constantFrom(...USERS, 'eve'),
    whom: fc.constantFrom(...USERS),
    letters: fc.constantFrom('', 'r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm'),
  })
  .map(({ kind, by, whom, letters }): Step => {
    const permissions = may(letters);
    const about = { by, at: 1 };
    const wish: Wish = (channelId) => {
      switch (kind) {
        case 'send':
          return message(by, channelId);
        case 'mark':
          return reading(by, channelId, 99);
        case 'edit':
          return { ...about, kind, channelId, position: 2, body: 'x', attachments: [] };
        case 'add':
          return { ...about, kind, channelId, members: [{ ...candidate(whom), permissions }] };
        case 'permit':
          return { ...about, kind, channelId, userId: whom, permissions };
        default:
          return { ...about, kind: 'remove', channelId, userId: whom };
      }
    };
    return { wish, kind, by, whom, permissions };
  });

/** @param the of the suite, there once tests run */
export function permissionsContract(the: () => ChatStore): void {
  it('allows what the table of permissions allows, in batches of any size, and nothing else', async () => {
    const batches = fc.array(fc.array(steps, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(batches, async (wishes) => {
        const model = new Model('ann', ['bob']);
        const beginning = creation('ann', ['bob']);
        await the().write([beginning]);
        const id = beginning.channelId;
        for (const batch of wishes) {
          const expected = batch.map((step) => model.expect(step));
          const outcomes = await the().write(batch.map(({ wish }) => wish(id)));
          expect(outcomes.map(said)).toEqual(expected);
        }
        const { items: entries } = await the().entries(id, 0, 1_000);
        expect(entries).toHaveLength(model.position);
        const memberships = await the().memberships([...USERS, 'eve']);
        const here = memberships.filter(({ channelId }) => channelId === id);
        expect(new Map(here.map(({ userId, permissions }) => [userId, permissions]))).toEqual(model.members);
        const [someone] = model.members.keys();
        if (someone !== undefined) {
          expect(await seen(the(), id, someone)).toMatchObject({
            position: model.position,
            memberCount: model.members.size,
          });
        }
      }),
      { numRuns: 60 },
    );
  });
}
