/**
 * `make test`: all tiers, one closing line. What takes long to make (Kubernetes, images) is made while the tiers that
 * need neither run. `node test/main.ts TIER…` runs some of them only.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ensureCertManager } from '../hack/cert-manager/build.ts';
import { ensureBinaries } from '../hack/cluster/build.ts';
import type { BuildOptions } from '../hack/go.ts';
import { buildImages } from '../hack/images/build.ts';
import { cacheRoot } from '../hack/paths.ts';
import { ensurePrerequisites, forCluster } from '../hack/prerequisites.ts';
import { duration } from '../hack/progress.ts';

interface Count {
  passed: number;
  failed: number;
}

const result = z.object({ passed: z.number(), failed: z.number(), failures: z.array(z.string()) });

/** Said once more at the very end: the rest of the output is long. */
const failures: string[] = [];

const checks: [string, string[]][] = [
  ['biome', ['check', '--error-on-warnings', '.']],
  ['tsc', []],
  ['node', ['hack/check/imports.ts']],
  ['node', ['hack/generate/main.ts', '--check']],
];

const tiers = ['check', 'unit', 'fault', 'integration', 'e2e'] as const;
type Tier = (typeof tiers)[number];

const needsCluster: readonly Tier[] = ['integration', 'e2e'];

const stop = new AbortController();
const children = new Set<ChildProcess>();
const scratch = mkdtempSync(join(tmpdir(), 'stateward-test-'));

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Resolves with the exit status; a child that is told to stop may clean up first. */
function start(command: string, args: string[], environment: Record<string, string> = {}): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  children.add(child);
  child.on('error', (error) => {
    say(`${command}: ${error.message}`);
    resolve(1);
  });
  child.on('close', (code) => {
    children.delete(child);
    resolve(code ?? 1);
  });
  return promise;
}

async function runChecks(): Promise<Count> {
  const count = { passed: 0, failed: 0 };
  for (const [command, args] of checks) {
    const status = await start(command, args);
    if (status === 0) {
      count.passed++;
    } else {
      count.failed++;
      failures.push(`check: ${[command, ...args].join(' ')}`);
    }
  }
  return count;
}

/** A tier that ends without its result, or with another status than its result says, has failed. */
async function runMocha(tier: Tier): Promise<Count> {
  const file = join(scratch, `${tier}.json`);
  const args = ['--config', `test/${tier}.json`, '--reporter', 'test/reporter.ts'];
  const status = await start('mocha', args, { STATEWARD_TEST_RESULT: file });
  try {
    const told = result.parse(JSON.parse(readFileSync(file, 'utf8')));
    failures.push(...told.failures.map((failure) => `${tier}: ${failure}`));
    const missing = status !== 0 && told.failed === 0 ? 1 : 0;
    return { passed: told.passed, failed: told.failed + missing };
  } catch {
    failures.push(`${tier}: ended with status ${status} before it could say its result`);
    return { passed: 0, failed: 1 };
  }
}

/** Everything that a cluster, and what its tests start beside it, needs and that is made once. */
async function prepare(signal: AbortSignal): Promise<void> {
  const cluster = (line: string): void => say(`cluster: ${line}`);
  await ensurePrerequisites(forCluster, { say: cluster, signal });
  await Promise.all([
    buildPrograms({ cache: cacheRoot(), say: cluster, signal }),
    buildImages({ signal, report: (line) => say(`images: ${line}`) }),
  ]);
}

/** One after the other: Go compiles once what both are made of. */
async function buildPrograms(options: BuildOptions): Promise<void> {
  await ensureBinaries(options);
  await ensureCertManager(options);
}

async function runTier(tier: Tier, prepared: Promise<unknown>): Promise<Count> {
  if (needsCluster.includes(tier)) {
    const failure = await prepared;
    if (failure !== undefined) {
      failures.push(`${tier}: not run: ${String(failure)}`);
      return { passed: 0, failed: 1 };
    }
  }
  const from = Date.now();
  say(`\n==== ${tier}`);
  const count = tier === 'check' ? await runChecks() : await runMocha(tier);
  say(`==== ${tier}: ${count.passed} passed, ${count.failed} failed in ${duration(Date.now() - from)}`);
  return count;
}

async function main(wanted: readonly Tier[]): Promise<Count> {
  const needed = wanted.some((tier) => needsCluster.includes(tier));
  const prepared = needed ? prepare(stop.signal).catch((error: unknown) => error) : Promise.resolve();
  const total = { passed: 0, failed: 0 };
  for (const tier of wanted) {
    if (stop.signal.aborted) break;
    const count = await runTier(tier, prepared);
    total.passed += count.passed;
    total.failed += count.failed;
  }
  return total;
}

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    stop.abort(new Error(`ended by ${name}`));
    // Ctrl-C reaches the children by itself; a plain kill does not.
    for (const child of children) child.kill('SIGTERM');
  });
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !tiers.some((tier) => tier === name));
if (unknown.length > 0) {
  say(`unknown tier ${unknown.join(', ')}: there are ${tiers.join(', ')}`);
  process.exit(2);
}
const from = Date.now();
const total = await main(asked.length === 0 ? tiers : tiers.filter((tier) => asked.includes(tier)));
rmSync(scratch, { recursive: true, force: true });
if (stop.signal.aborted) total.failed++;
say(`\nall tiers took ${duration(Date.now() - from)}`);
for (const failure of failures) say(`failed: ${failure}`);
say(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
