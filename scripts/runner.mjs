import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Milliseconds between two looks. */
const PERIOD = 250;

/**
 * Who runs this process for `npm start`: a shell, and npm behind it. A signal that is sent to npm alone may end npm and its
 * shell and never come here, and one that nobody can hear (SIGKILL) never does: what they ran would keep the port for ever.
 *
 * To be made first of all, while they are still there.
 */
export class Runner {
  #parent = process.ppid;
  /** What the shell was run by; undefined where there is no shell, or nothing can tell. */
  #behind = isShell(this.#parent) ? parentOf(this.#parent) : undefined;

  /** @param manifest the package.json of which `npm start` is the script */
  static ofStart(manifest, environment = process.env) {
    const { npm_lifecycle_event: script, npm_package_json: of } = environment;
    return script === 'start' && of === manifest ? new Runner() : undefined;
  }

  get isGone() {
    if (process.ppid !== this.#parent || !isAlive(this.#parent)) return true;
    return this.#behind !== undefined && !isAlive(this.#behind);
  }

  /** Calls back once, when it is gone. Does not keep this process alive. */
  onGone(callback) {
    const timer = setInterval(() => {
      if (!this.isGone) return;
      clearInterval(timer);
      callback();
    }, PERIOD);
    timer.unref();
  }
}

/** Where there is no such shell, as where `sh` replaces itself by its command, npm is the parent. */
function isShell(pid) {
  return /^-?(\S*[/\\])?(sh|dash|ash|bash|zsh|ksh|busybox)(\s|\0|$)/.test(commandOf(pid));
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** One that has ended, and nobody has asked how. */
function isZombie(pid) {
  return process.platform === 'linux' && statOf(pid)?.state === 'Z';
}

function parentOf(pid) {
  const parent = process.platform === 'linux' ? statOf(pid)?.parent : Number(ps(pid, 'ppid='));
  // Number 1 is nobody's npm: whoever ran the shell has gone already, or this is a container, which ends with it.
  return parent > 1 ? parent : undefined;
}

function commandOf(pid) {
  if (process.platform === 'win32') return '';
  if (process.platform !== 'linux') return ps(pid, 'command=');
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** The name of the program stands in brackets and may hold anything. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

function ps(pid, column) {
  return spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';
}
