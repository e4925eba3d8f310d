/**
 * The processes of a cluster. Each carries its cluster and component in its environment, and containers run below the
 * cluster's cgroup, so that all of them are found again after any accident, without a list that could be stale.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withProgress } from '../progress.ts';
import { type Cluster, cgroupOf, logFile, type Work } from './layout.ts';

const mark = 'STATEWARD_PROCESS';

export interface Owned {
  pid: number;
  /** Undefined for what runs inside a container. */
  component: string | undefined;
  /** Clock ticks since boot. */
  started: number;
}

export interface Daemon {
  component: string;
  command: readonly string[];
  /** Enters this network namespace first. */
  namespace?: string;
  env?: Record<string, string>;
}

/** Starts a process that outlives this one; its output goes to the component's log. */
export function startDaemon(cluster: Cluster, daemon: Daemon): void {
  const file = logFile(cluster.folder, daemon.component);
  mkdirSync(dirname(file), { recursive: true });
  const log = openSync(file, 'a');
  const enter = daemon.namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${daemon.namespace}`];
  const [command = '', ...args] = [...enter, ...daemon.command];
  const env = { ...process.env, ...daemon.env, [mark]: `${cluster.folder}|${daemon.component}` };
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log], env, cwd: cluster.folder });
  child.on('error', () => {}); // it shows as a component that is not there
  child.unref();
  closeSync(log);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // gone meanwhile
  }
}

/** Clock ticks since boot: with the pid, an identity that is never used again. Undefined for a process that ended. */
function startTimeOf(pid: number | string): string | undefined {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

/** A shim has the environment of the containerd that started it, and may outlive it. */
function nameOf(pid: string, component: string): string {
  const isShim = readOrEmpty(`/proc/${pid}/comm`).startsWith('containerd-shim');
  return isShim ? component.replace('containerd', 'shim') : component;
}

function componentOf(pid: string, folder: string): string | undefined {
  const prefix = `${mark}=${folder}|`;
  const variable = readOrEmpty(`/proc/${pid}/environ`)
    .split('\0')
    .find((text) => text.startsWith(prefix));
  return variable === undefined ? undefined : nameOf(pid, variable.slice(prefix.length));
}

function inCgroup(pid: string, cgroup: string): boolean {
  return readOrEmpty(`/proc/${pid}/cgroup`).includes(`:${cgroup}`);
}

function ownedBy(pid: string, folder: string, cgroup: string): Owned | undefined {
  const component = componentOf(pid, folder);
  if (component === undefined && !inCgroup(pid, cgroup)) return undefined;
  const started = startTimeOf(pid);
  return started === undefined ? undefined : { pid: Number(pid), component, started: Number(started) };
}

function scan(folder: string, cgroup: string): Owned[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.map((pid) => ownedBy(pid, folder, cgroup)).filter((owned) => owned !== undefined);
}

export function processesOf(cluster: Cluster): Owned[] {
  return scan(cluster.folder, `/stateward/${cluster.slot}-`);
}

/** Shims, containerd, kubelet, kube-proxy and every container of one node. */
export function processesOfNode(cluster: Cluster, node: string): Owned[] {
  const all = scan(cluster.folder, `${cgroupOf(cluster.slot, node)}/`);
  return all.filter((owned) => owned.component === undefined || owned.component.endsWith(`@${node}`));
}

/** The components that run; a component is its oldest process. */
export function componentsOf(cluster: Cluster): Map<string, Owned> {
  const found = new Map<string, Owned>();
  for (const owned of processesOf(cluster).toSorted((a, b) => a.started - b.started)) {
    if (owned.component !== undefined && !found.has(owned.component)) found.set(owned.component, owned);
  }
  return found;
}

function kill(owned: Owned): void {
  try {
    if (startTimeOf(owned.pid) === String(owned.started)) process.kill(owned.pid, 'SIGKILL');
  } catch {
    // it ended by itself
  }
}

/** Kills until none is left: a process may have started another one meanwhile. */
export async function killAll(find: () => Owned[], work: Work, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let left = find(); left.length > 0; left = find()) {
    if (Date.now() > deadline) {
      throw new Error(`processes ${left.map((owned) => owned.pid).join(', ')} do not end, although killed`);
    }
    left.forEach(kill);
    await delay(50, undefined, { signal: work.signal });
  }
}

/** The last lines of a component's log, for an error message. */
export function logTail(folder: string, component: string, lines = 8): string {
  const file = logFile(folder, component);
  const tail = existsSync(file) ? readOrEmpty(file).trimEnd().split('\n').slice(-lines).join('\n') : '(no log)';
  return `${file} ends with:\n${tail}`;
}

export interface Waiting {
  what: string;
  /** Components that must run for the wait to make sense. */
  needs: readonly string[];
  timeoutMs: number;
  detail?: () => string;
}

function failure(cluster: Cluster, waiting: Waiting, dead: string | undefined): string {
  const cause = dead === undefined ? `took longer than ${waiting.timeoutMs / 1000} s` : `${dead} stopped`;
  const detail = waiting.detail === undefined ? '' : ` (${waiting.detail()})`;
  const component = dead ?? waiting.needs[0];
  const tail = component === undefined ? '' : `\n${logTail(cluster.folder, component)}`;
  return `waiting for ${waiting.what}${detail}: ${cause}.${tail}`;
}

function stoppedOf(cluster: Cluster, needs: readonly string[]): string | undefined {
  const running = componentsOf(cluster);
  return needs.find((component) => !running.has(component));
}

/** Asks every 50 ms; fails with the log of a component that stopped. */
export async function waitFor(
  cluster: Cluster,
  waiting: Waiting,
  work: Work,
  ready: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + waiting.timeoutMs;
  const options = { say: work.say, everyMs: 5000, ...(waiting.detail === undefined ? {} : { detail: waiting.detail }) };
  await withProgress(`waiting for ${waiting.what}`, options, async () => {
    for (let tries = 1; !(await ready()); tries += 1) {
      const dead = tries % 20 === 0 ? stoppedOf(cluster, waiting.needs) : undefined;
      if (dead !== undefined || Date.now() > deadline) throw new Error(failure(cluster, waiting, dead));
      await delay(50, undefined, { signal: work.signal });
    }
  });
}
