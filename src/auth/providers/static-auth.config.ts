import { createHash } from 'node:crypto';
import { faultOfName, faultOfUserId } from '../answers/index.js';
import { JsonFields } from './json-fields.js';

export interface StaticUser {
  readonly userId: string;
  readonly role: string | undefined;
  readonly ttl: number | undefined;
}

export interface StaticAuthConfig {
  readonly type: 'static';
  /** By digest of the token: a look-up by the token itself would tell by its time how much of it is right. */
  readonly users: ReadonlyMap<string, StaticUser>;
}

export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

/** The tokens are keys of the JSON, so paths number them instead of naming them. */
export function readStaticAuthConfig(fields: JsonFields): StaticAuthConfig {
  const users = new Map<string, StaticUser>();
  fields.entries('tokens').forEach(([token, values], index) => {
    const path = `${fields.path}.tokens[${index}]`;
    const user = new JsonFields(values, path, fields.faults);
    if (token.trim() === '') fields.faults.push(`${path} must not be blank`);
    users.set(digestOf(token), readUser(user));
  });
  return { type: 'static', users };
}

function readUser(fields: JsonFields): StaticUser {
  const endless = { min: -1, max: Number.MAX_SAFE_INTEGER, fallback: -1 };
  const user = {
    userId: fields.text('userId'),
    role: fields.optionalText('role'),
    ttl: fields.has('ttl') ? fields.integer('ttl', endless) : undefined,
  };
  const faultOfUser = faultOfUserId(user.userId);
  if (user.userId !== '' && faultOfUser !== undefined) fields.fault('userId', faultOfUser);
  const faultOfRole = faultOfName(user.role ?? '');
  if (faultOfRole !== undefined) fields.fault('role', faultOfRole);
  if (user.ttl === 0) fields.fault('ttl', 'must not be 0, which has ended already; -1 is without end');
  fields.refuseOthers();
  return user;
}
