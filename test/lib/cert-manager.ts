/** The real cert-manager on the cluster of the integration tier: it issues what Certificates ask for. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { ensureCertManager } from '../../hack/cert-manager/build.ts';
import { logFile } from '../../hack/cluster/layout.ts';
import { logTail } from '../../hack/cluster/processes.ts';
import { cacheRoot } from '../../hack/paths.ts';
import { type ClusterWork, folder, kubeconfig, kubectl } from './cluster.ts';

const component = 'cert-manager';

/** Longest time in which it gives up its lease. */
const graceMs = 5_000;

/** For the hook that starts it, in milliseconds: the first one may have to build it. */
export const certManagerStartMs = 900_000;

export interface CertManager {
  /** Rejects if it had ended by itself before. */
  stop(): Promise<void>;
}

/** Several may be started at once: one of them leads and serves every namespace. */
export async function startCertManager(work: ClusterWork): Promise<CertManager> {
  const { program, definitions } = await ensureCertManager({ cache: cacheRoot(), ...work });
  await install(definitions, work.signal);
  const child = launch(program);
  return { stop: () => end(child) };
}

/** Its CRDs are too long for the annotation of a client-side apply. */
async function install(definitions: string, signal: AbortSignal): Promise<void> {
  // Where it looks for the Secrets of ClusterIssuers.
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'cert-manager' } };
  const apply = ['apply', '--server-side', '--force-conflicts', '--filename'];
  await kubectl([...apply, '-'], signal, JSON.stringify(namespace));
  await kubectl([...apply, definitions], signal);
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', '--filename', definitions], signal);
}

function launch(program: string): ChildProcess {
  const log = openSync(logFile(folder, component), 'a');
  // A test run that is killed leaves no process behind.
  const args = ['--pdeathsig', 'KILL', program, `--kubeconfig=${kubeconfig}`];
  const child = spawn('setpriv', args, { stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null)
    throw new Error(`cert-manager ended by itself. ${logTail(folder, component)}`);
  const patience = setTimeout(() => child.kill('SIGKILL'), graceMs);
  child.kill('SIGTERM');
  await once(child, 'exit');
  clearTimeout(patience);
}
