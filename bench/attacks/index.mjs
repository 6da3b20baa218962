import { deepJson, unfinishedBodies, wrongKeys } from './bodies.mjs';
import { compressedFrames, fragments, refusedUpgrades, replays, subscriptions } from './frames.mjs';
import { grpcWithoutToken } from './grpc.mjs';

export const ATTACKS = [
  deepJson,
  unfinishedBodies,
  wrongKeys,
  grpcWithoutToken,
  replays,
  refusedUpgrades,
  fragments,
  subscriptions,
  compressedFrames,
];
