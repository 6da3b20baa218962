import { readFileSync } from 'node:fs';
import { processTerminal } from './process-terminal.js';
import { runHermes } from './program.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

process.exitCode = await runHermes(process.argv.slice(2), processTerminal(), version);
