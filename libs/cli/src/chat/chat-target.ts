import { localServer } from '../local-server.js';
import { localUser } from '../local-user.js';

const DEFAULT = '127.0.0.1:50051';
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/i;
const ADDRESS = /^(?:(grpcs?):\/\/)?((\[[\da-f:]+\]|[^\s:/[\]]+):\d{1,5})$/i;

/** What every `hermes chat` command may be told. */
export interface ChatOptions {
  readonly grpc?: string;
  readonly token?: string;
  /** Whether the token comes from the environment, where `--as` counts for more. */
  readonly tokenFromEnvironment?: boolean;
  readonly as?: string;
  readonly tls?: true;
  readonly json?: true;
}

/** The gRPC server a command is about, and who asks. */
export interface ChatTarget {
  /** `host:port`. */
  readonly address: string;
  readonly tls: boolean;
  /** A token that is good now. */
  token(): string;
  /** Whether `token` gives another one when one has run out. */
  readonly renews: boolean;
}

/** @returns a sentence when something is missing or does not go together */
export function chatTargetOf(folder: string, options: ChatOptions): ChatTarget | string {
  const left = localServer(folder);
  if (typeof left === 'string' && options.grpc === undefined) return left;
  const local = typeof left === 'object' ? left.grpc : undefined;
  const given = options.grpc ?? local ?? DEFAULT;
  const [, scheme = '', address, host = ''] = ADDRESS.exec(given) ?? [];
  if (address === undefined) return `${given} is not the address of a gRPC server; one looks like ${DEFAULT}`;
  const server = { address, tls: options.tls === true || scheme.toLowerCase() === 'grpcs' };
  const { token, as: userId } = options;
  if (userId === undefined) {
    if (token === undefined || token === '') return 'who are you? give --token, HERMES_TOKEN or --as <user>';
    return { ...server, token: () => token, renews: false };
  }
  if (token !== undefined && options.tokenFromEnvironment !== true) return 'give either --token or --as, not both';
  if (given !== local && !LOOPBACK.test(host))
    return `--as is for the server on this machine, and ${address} is another: give --token`;
  const user = localUser(folder, { userId });
  return typeof user === 'string' ? user : { ...server, token: () => user.token(), renews: true };
}
