import { readFileSync, readdirSync } from 'node:fs';

/** What a server and its children used so far: nanoseconds on a processor, nanoseconds spent waiting for one, memory. */
export function usageOf(pid) {
  const total = { cpu: 0, waited: 0, rss: 0 };
  for (const member of family(pid)) {
    const { cpu, waited } = scheduled(member);
    total.cpu += cpu;
    total.waited += waited;
    total.rss += residentBytes(member);
  }
  return total;
}

/** The process and all that descend from it: workers count as the server they belong to. */
function family(root) {
  const children = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(name);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

function parentOf(pid) {
  const text = read(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything, parentheses included.
  return text === undefined ? undefined : Number(text.slice(text.lastIndexOf(')') + 4).split(' ')[0]);
}

/**
 * The time that `utime + stime` of /proc/<pid>/stat adds up to, but in nanoseconds instead of hundredths of a second:
 * a burst may be over in a tenth of one.
 */
function scheduled(pid) {
  const total = { cpu: 0, waited: 0 };
  for (const thread of threads(pid)) {
    const [cpu = 0, waited = 0] = (read(`/proc/${pid}/task/${thread}/schedstat`) ?? '').split(' ').map(Number);
    total.cpu += cpu;
    total.waited += waited;
  }
  return total;
}

function threads(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function residentBytes(pid) {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0;
  return Number(kilobytes) * 1024;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
