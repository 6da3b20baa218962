import { closeRun } from './run.mjs';

export default async function globalTeardown() {
  await closeRun();
}
