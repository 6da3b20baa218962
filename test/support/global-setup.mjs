import { chooseSeed } from './choose-seed.mjs';
import { openRun } from './run.mjs';

export default function globalSetup() {
  chooseSeed();
  openRun();
}
