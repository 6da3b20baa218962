import { Loader } from '../loader/loader.mjs';

/** Runs `act` with a fresh server, and takes it away whatever happens. */
export async function withServer(rival, { broker, profile }, env, act) {
  try {
    await rival.start({ broker, env, profile });
    return await act();
  } finally {
    await rival.stop();
  }
}

export async function withLoader(act) {
  const loader = new Loader();
  try {
    return await act(loader);
  } finally {
    await loader.stop();
  }
}

/** A fresh server with `count` clients that have all subscribed, and a publisher. */
export function withClients(rival, tools, { count, channels, env = {} }, act) {
  return withServer(rival, tools, env, () =>
    withLoader(async (loader) => {
      const publisher = await rival.publisher();
      try {
        await loader.connect(count, rival.clients(...channels));
        return await act({ loader, publisher });
      } finally {
        await publisher.close();
      }
    }),
  );
}
