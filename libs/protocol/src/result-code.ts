/** What a result code says to a client. */
export interface ResultCodeMeaning {
  readonly meaning: string;
  /** Whether the same command may succeed later, unchanged. */
  readonly retry: boolean;
}

/** The codes in `data.resultCode` that Hermes itself gives, with the meaning they have in HTTP (PROTOCOL.md, 2, 3 and 6). */
export const RESULT_CODES = {
  200: { meaning: 'done', retry: false },
  400: { meaning: 'the command is malformed', retry: false },
  401: {
    meaning: "Hermes's access key is not accepted by the provider, or the identity is missing or has expired",
    retry: false,
  },
  403: { meaning: 'the token is not accepted, or its user may not do this', retry: false },
  404: { meaning: 'there is no such thing, or not for this user', retry: false },
  406: { meaning: 'the origin is unknown or may not have this role', retry: false },
  409: { meaning: 'the state of things does not allow it, whoever asks', retry: false },
  429: { meaning: 'too many commands or subscriptions', retry: true },
  500: { meaning: 'a fault inside the server', retry: true },
  501: { meaning: 'this server does not have what was asked for', retry: false },
  502: { meaning: "the provider's answer makes no sense", retry: true },
  503: { meaning: 'the provider or the store did not answer in time', retry: true },
} as const satisfies Readonly<Record<number, ResultCodeMeaning>>;

export type ResultCode = keyof typeof RESULT_CODES;

/** What a result code means. One that is not in the table is a provider's own, passed on: to be tried again from 500 up. */
export function resultCodeMeaning(code: number): ResultCodeMeaning {
  const known = (RESULT_CODES as Readonly<Record<number, ResultCodeMeaning>>)[code];
  return known ?? { meaning: 'the provider refused with this status', retry: code >= 500 };
}
