import { setTimeout as pause } from 'node:timers/promises';

const WARM_UP = 1_500;
const MEASURED = 3_000;

/** Commands as fast as they are answered, from `count` connections with `window` of them in flight on each. */
export async function flood(rival, loader, command, { count, window }) {
  await loader.flood(command, { count, window, milliseconds: WARM_UP });
  await pause(300);
  const { result, cpu } = await rival.watch(() => loader.flood(command, { count, window, milliseconds: MEASURED }));
  const { replies, nanoseconds, cpu: loaderCpu } = result;
  return {
    rate: (replies / nanoseconds) * 1e9,
    cpuPerCommand: cpu / 1_000 / replies,
    cores: cpu / nanoseconds,
    loader: loaderCpu / nanoseconds,
  };
}
