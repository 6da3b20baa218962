import { addressGroup } from '../addresses/index.js';

/** What people are called among the budgets: a user by their name, everybody at an address together. */
export function personOf(userId: string | undefined, address: string): string {
  return userId === undefined ? `address ${addressGroup(address)}` : `user ${userId}`;
}
