/** Why Hermes ends a connection. 4xxx mirrors the HTTP status of the same meaning where there is one. */
export const CloseCode = {
  goingAway: 1001,
  /** The node or what stands behind it has too much to do; nothing is wrong with the client. */
  tryAgainLater: 1013,
  pongMissing: 4000,
  /** On transports where a session is nothing without an identity; WebSocket sessions fall back to anonymous. */
  identityExpired: 4001,
  /** Anonymous, and nothing was asked for within HERMES_ANONYMOUS_TIMEOUT. */
  silent: 4002,
  tooSlow: 4008,
  tooManyCommands: 4029,
} as const;
