/** What a close code of Hermes says to a client. */
export interface CloseCodeMeaning {
  readonly name: string;
  readonly meaning: string;
  /** Whether connecting again can help: always with a random delay, so that clients do not all come back at once. */
  readonly reconnect: boolean;
}

/** Why Hermes ends a connection, by close code (PROTOCOL.md, 5). 4xxx mirrors HTTP statuses where there is one. */
export const CLOSE_CODES = {
  1001: { name: 'goingAway', meaning: 'the server is shutting down; another node answers', reconnect: true },
  1009: { name: 'frameTooLarge', meaning: 'the client sent a frame that is too large', reconnect: false },
  1013: { name: 'tryAgainLater', meaning: 'the server has too much to do; try again later', reconnect: true },
  4000: { name: 'pongMissing', meaning: 'the client did not answer a ping in time', reconnect: true },
  4002: { name: 'silent', meaning: 'an anonymous client has asked for nothing for too long', reconnect: true },
  4008: { name: 'tooSlow', meaning: 'events arrive faster than the client reads them', reconnect: true },
  4029: {
    name: 'tooManyCommands',
    meaning: 'the client sent too many commands; pause before the next',
    reconnect: true,
  },
} as const satisfies Readonly<Record<number, CloseCodeMeaning>>;

export type CloseCode = keyof typeof CLOSE_CODES;

/** What a close code means; undefined for one that is not of Hermes, such as 1006 when the network is gone. */
export function closeCodeMeaning(code: number): CloseCodeMeaning | undefined {
  return (CLOSE_CODES as Readonly<Record<number, CloseCodeMeaning>>)[code];
}
