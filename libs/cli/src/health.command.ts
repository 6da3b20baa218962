import type { Command } from 'commander';
import { httpAnswer } from './http-answer.js';
import { printable } from './printable.js';
import { targetOf } from './target.js';
import type { Terminal } from './terminal.js';

interface HealthOptions {
  readonly url?: string;
}

/** @param finish gets the exit code */
export function addHealthCommand(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  program
    .command('health')
    .description('tell whether the server is ready for clients, by its exit code too')
    .option('--url <address>', 'server, as http://127.0.0.1:8080')
    .action(async (options: HealthOptions) => {
      finish(await health(options, terminal));
    });
}

async function health(options: HealthOptions, terminal: Terminal): Promise<number> {
  const target = targetOf(terminal.folder, options);
  const answer = typeof target === 'string' ? target : await httpAnswer(target.url.ready);
  if (typeof answer === 'string') {
    terminal.say(`hermes: ${answer}`);
    return 1;
  }
  const { status, reasons } = reportIn(answer.body);
  if (status === undefined) {
    terminal.say(`hermes: the server answered with status ${answer.status} and nothing that Hermes would say`);
    return 1;
  }
  terminal.print(printable(status));
  for (const reason of reasons) terminal.print(`  ${printable(reason)}`);
  return answer.status === 200 ? 0 : 1;
}

function reportIn(body: unknown): { status: string | undefined; reasons: readonly string[] } {
  const { status, reasons } = (body ?? {}) as Record<string, unknown>;
  return {
    status: typeof status === 'string' ? status : undefined,
    reasons: Array.isArray(reasons) ? reasons.map(String) : [],
  };
}
