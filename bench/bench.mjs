import { makeRival } from './rivals/index.mjs';

/**
 * Measures a scenario against its rivals: a fresh server for each run, and the rivals in turn within each round, so that
 * whatever else the machine does falls on all of them.
 */
export async function runScenario(scenario, tools, { runs, only, build }) {
  const names = only === undefined ? scenario.rivals : only.filter((name) => competes(scenario, name));
  const { present, absent } = sortOut(names.map((name) => makeRival(name, build)));
  const rows = present.flatMap((rival) => variantsOf(scenario).map((variant) => rowFor(rival, variant)));
  for (let run = 1; run <= runs; run++) {
    for (const row of rows) {
      const figures = await attempt(scenario, row, tools);
      if (figures !== undefined) row.runs.push(figures);
      process.stderr.write(`bench: ${scenario.name} run ${run}/${runs} ${row.rival} ${row.variant ?? ''}\n`);
    }
  }
  const windows = present.flatMap((rival) => rival.windows);
  return { rows: rows.map(({ server: _, ...row }) => row), absent, windows };
}

/** Another build of Hermes competes wherever Hermes does. */
function competes(scenario, name) {
  return scenario.rivals.includes(name.split('@')[0]);
}

function variantsOf({ variants }) {
  return variants ?? [undefined];
}

function sortOut(rivals) {
  const present = [];
  const absent = [];
  for (const rival of rivals) {
    const reason = rival.absent();
    if (reason === undefined) present.push(rival);
    else absent.push({ name: rival.name, reason });
  }
  return { present, absent };
}

function rowFor(rival, variant) {
  return { rival: rival.name, front: rival.front, variant, server: rival, runs: [], faults: [] };
}

async function attempt(scenario, row, tools) {
  try {
    const profile = row.rival.startsWith('hermes') ? tools.profile : undefined;
    return await scenario.measure(row.server, { ...tools, profile }, row.variant);
  } catch (error) {
    row.faults.push(error.message);
    console.error(`bench: ${row.rival}: ${error.message}`);
    return undefined;
  }
}
