import { localServer } from './local-server.js';
import { localSecret, mintToken, type Bearer } from './local-token.js';

/** The origin that `npm start` gives its users unless it is told of another. */
const ORIGIN = 'user';

/** A user of the server that `npm start` runs in this folder, for whom tokens can be made. */
export interface LocalUser {
  /** Chooses the AuthProvider that believes the tokens. */
  readonly origin: string;
  /** A token that is good from now on. */
  token(): string;
}

/**
 * @param option how the user was named, for the sentence
 * @returns a sentence when nobody can make tokens here
 */
export function localUser(folder: string, bearer: Bearer, option = '--as'): LocalUser | string {
  if (bearer.userId.trim() === '') return `${option} takes the id of a user`;
  const secret = localSecret(folder);
  if (secret === undefined) {
    return `${option} needs .hermes/secret, which \`npm start\` makes: use it in the folder of the server, or give --token`;
  }
  const server = localServer(folder);
  const origin = typeof server === 'object' ? server.origin : undefined;
  return { origin: origin ?? ORIGIN, token: () => mintToken(secret, bearer) };
}
