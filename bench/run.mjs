import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { closeRun, openRun } from '../test/support/run.mjs';
import { runScenario } from './bench.mjs';
import { buildLoader } from './loader/loader.mjs';
import { readOptions } from './options.mjs';
import { printProfile } from './profile.mjs';
import { printTable, summarise, writeResults } from './report.mjs';
import { SCENARIOS } from './scenarios/index.mjs';
import { RabbitMq } from './sources/rabbitmq.mjs';

const options = readOptions(process.argv.slice(2));
const wanted = options.scenarios.map((name) => SCENARIOS.find((scenario) => scenario.name === name) ?? unknown(name));
if (wanted.length === 0) listScenarios();
else await main();

async function main() {
  buildLoader();
  openRun();
  const profile = options.profile ? join(process.env.TEST_RUN_DIRECTORY, 'profile') : undefined;
  const broker = await RabbitMq.start();
  try {
    for (const scenario of wanted) await measure(scenario, broker, profile);
  } finally {
    await broker.stop();
    await closeRun();
  }
}

async function measure(scenario, broker, profiles) {
  const profile = profiles && join(profiles, scenario.name);
  if (profile) mkdirSync(profile, { recursive: true });
  const { rows, absent, windows } = await runScenario(scenario, { broker, profile }, options);
  const summary = summarise(rows);
  printTable(scenario, summary, absent);
  console.log(`written to ${writeResults(scenario, summary, absent, options)}`);
  if (profile) printProfile(profile, windows);
  if (summary.some(({ saturated, faults }) => saturated || faults.length > 0)) process.exitCode = 1;
}

function listScenarios() {
  console.log(
    'npm run bench -- <scenario>… [--runs 5] [--only hermes,ws-loop,hermes@<folder of another build>] [--profile]\n',
  );
  for (const { name, title } of SCENARIOS) console.log(`  ${name.padEnd(16)} ${title}`);
}

function unknown(name) {
  console.error(`no scenario is called ${name}`);
  process.exit(1);
}
