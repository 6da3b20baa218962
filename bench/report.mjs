import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { medians, spread } from './statistics.mjs';

export const RESULTS = fileURLToPath(new URL('results/', import.meta.url));

/** Above this share of a core the clients may have been what was measured. */
const SATURATED = 0.95;

/** @param rows one for each rival and case: `{ rival, front, variant, runs }`, runs being lists of figures */
export function summarise(rows) {
  return rows.map((row) => {
    const figures = medians(row.runs);
    return { ...row, figures, saturated: figures.loader > SATURATED };
  });
}

/** Medians; `spread` is that of the first rated column, `loader` the share of a core that the clients used. */
export function printTable(scenario, summary, absent) {
  console.log(`\n${scenario.name}: ${scenario.title}`);
  const rated = scenario.columns.filter(({ ratio }) => ratio);
  const header = [
    'rival',
    ...scenario.columns.map(({ title }) => title),
    'spread',
    'loader',
    ...rated.map(ratioTitle),
    'events by',
  ];
  const lines = summary.map((row) => line(scenario, row, summary, rated));
  printAligned([header, ...lines]);
  for (const { name, reason } of absent) console.log(`${name}: absent, ${reason}`);
  for (const { rival, variant = '', saturated, faults } of summary) {
    if (saturated)
      console.log(`FAILED: ${rival} ${variant}: the load generator was saturated, its figures are a floor`);
    for (const fault of new Set(faults)) console.log(`FAILED: ${rival} ${variant}: ${fault}`);
  }
}

export function writeResults(scenario, summary, absent, options) {
  mkdirSync(RESULTS, { recursive: true });
  const at = new Date().toISOString();
  const machine = { cores: cpus().length, processor: cpus()[0]?.model, memory: totalmem(), node: process.version };
  const path = join(RESULTS, `${scenario.name}-${at.replaceAll(/[:.]/g, '-')}.json`);
  const { name, title } = scenario;
  writeFileSync(path, `${JSON.stringify({ name, title, at, machine, options, rows: summary, absent }, null, 2)}\n`);
  return path;
}

function line(scenario, row, summary, rated) {
  const { rival, variant, figures, front, saturated } = row;
  const ours = summary.find((other) => other.rival === scenario.rivals[0] && other.variant === variant);
  return [
    variant === undefined ? rival : `${rival} ${variant}`,
    ...scenario.columns.map(({ key, digits }) => format(figures[key], digits)),
    percent(spread(row.runs.map((run) => run[rated[0].key]))),
    `${format(figures.loader, 2)}${saturated ? '!' : ''}`,
    ...rated.map(({ key }) => (ours === undefined ? '' : format(ours.figures[key] / figures[key], 3))),
    front ?? '',
  ];
}

function percent(share) {
  return Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : '-';
}

function ratioTitle({ title }) {
  return `hermes/it: ${title}`;
}

function format(value, digits) {
  return Number.isFinite(value) ? value.toFixed(digits) : '-';
}

function printAligned(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((cells) => cells[column].length)));
  for (const cells of lines)
    console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '));
}
