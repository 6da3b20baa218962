import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const directory = process.argv[2];

process.stdin.resume();
process.stdin.once('close', () => void endRun());

async function endRun() {
  for (const record of readRecords()) {
    if (record.container) removeContainer(record);
    else endGroup(record.pid);
  }
  // Once more for what was started but not yet written down, and for what left its group, as epmd does.
  while (endMarked() > 0) await pause(50);
  rmSync(directory, { recursive: true, force: true });
}

function readRecords() {
  const folder = join(directory, 'owned');
  return readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
}

function removeContainer({ engine, container }) {
  try {
    execFileSync(engine, ['rm', '--force', container], { stdio: 'ignore' });
  } catch {
    // It is gone already.
  }
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

/** Ends every process that carries the mark of this run; the mark is inherited, so nothing can slip away. */
function endMarked() {
  const mark = `TEST_SERVICE_OF=${directory}`;
  let ended = 0;
  for (const pid of processIds()) {
    try {
      const isOurs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
      if (!isOurs || isDead(pid)) continue;
      process.kill(pid, 'SIGKILL');
      ended++;
    } catch {
      // It ended while we looked, or it is somebody else's.
    }
  }
  return ended;
}

function isDead(pid) {
  return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

function processIds() {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
