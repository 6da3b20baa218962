import { publishPaced } from '../sources/paced.mjs';
import fanoutBurst from './fanout-burst.mjs';
import { observeDeliveries } from './observation.mjs';
import { withClients } from './stage.mjs';

const SUBSCRIBERS = 1_000;
const SIZE = 256;
const RATE = 50;
const SECONDS = 4;

/** The same fan-out in each dialect: one core, one outbox, other words. */
export default {
  ...fanoutBurst,
  name: 'fanout-dialects',
  title: `each dialect: ${SUBSCRIBERS} subscribers, ${SIZE} bytes, 1000 events at once, then ${RATE} a second`,
  rivals: ['hermes', 'hermes-topics', 'hermes-rooms', 'hermes-commands', 'ws-loop'],
  columns: [...fanoutBurst.columns, { key: 'pacedCpu', title: 'paced CPU us/delivery', digits: 2 }],

  async measure(rival, tools) {
    const burst = await fanoutBurst.measure(rival, tools);
    const paced = await withClients(
      rival,
      tools,
      { count: SUBSCRIBERS, channels: ['prices'] },
      ({ loader, publisher }) =>
        observeDeliveries(rival, loader, RATE * SECONDS * SUBSCRIBERS, () =>
          publishPaced(publisher, {
            rate: RATE,
            count: RATE * SECONDS,
            size: SIZE,
            next: () => ({ channel: 'prices' }),
          }),
        ),
    );
    return { ...burst, pacedCpu: paced.cpuPerDelivery };
  },
};
