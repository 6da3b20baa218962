import attacks from './attacks.mjs';
import chat from './chat.mjs';
import chatFanout from './chat-fanout.mjs';
import commands from './commands.mjs';
import connectStorm from './connect-storm.mjs';
import direct from './direct.mjs';
import fanoutBurst from './fanout-burst.mjs';
import fanoutDialects from './fanout-dialects.mjs';
import fanoutSingle from './fanout-single.mjs';
import ingest from './ingest.mjs';
import latencyIdle from './latency-idle.mjs';
import memory from './memory.mjs';
import mixed from './mixed.mjs';
import slowReaders from './slow-readers.mjs';
import workers from './workers.mjs';

export const SCENARIOS = [
  fanoutSingle,
  fanoutBurst,
  fanoutDialects,
  latencyIdle,
  mixed,
  direct,
  slowReaders,
  memory,
  connectStorm,
  ingest,
  commands,
  workers,
  chat,
  chatFanout,
  attacks,
];
