import { parseArgs } from 'node:util';

/** What was asked for on the command line. */
export function readOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '5' },
      only: { type: 'string' },
      build: { type: 'string', default: 'dist' },
      profile: { type: 'boolean', default: false },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a whole number, 1 or more');
  return { scenarios: positionals, runs, only: values.only?.split(','), build: values.build, profile: values.profile };
}
