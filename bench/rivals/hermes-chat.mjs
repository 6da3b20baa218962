import { freePort } from '../machine/free-port.mjs';
import { staticProvider, ORIGIN } from './hermes-protocol.mjs';
import { Hermes } from './hermes.mjs';

/** Hermes with a PostgreSQL behind it, spoken to over gRPC. */
export class HermesChat extends Hermes {
  front = 'gRPC';
  #address;

  get address() {
    return this.#address;
  }

  async start({ postgres, users, env = {}, ...tools }) {
    const port = await freePort();
    this.#address = `127.0.0.1:${port}`;
    return super.start({
      ...tools,
      env: {
        HERMES_RABBITMQ_URI: '',
        HERMES_RABBITMQ_EXCHANGES: '',
        HERMES_POSTGRES_URL: postgres.url,
        HERMES_GRPC_PORT: `${port}`,
        HERMES_AUTH_PROVIDERS: staticProvider(users),
        HERMES_CHAT_ORIGIN: ORIGIN,
        HERMES_COMMAND_RATE: '0',
        ...env,
      },
    });
  }
}
