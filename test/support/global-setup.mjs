import { openRun } from './run.mjs';

export default function globalSetup() {
  openRun();
}
