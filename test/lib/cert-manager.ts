/** The real cert-manager on the cluster of a tier: it issues what Certificates ask for. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { ensureCertManager } from '../../hack/cert-manager/build.ts';
import { logFile } from '../../hack/cluster/layout.ts';
import { logTail } from '../../hack/cluster/processes.ts';
import { type Tools, toolsOf } from '../../hack/kubectl.ts';
import { cacheRoot } from '../../hack/paths.ts';
import { certificates } from '../../operators/workload/certificates/cert-manager.ts';
import { type ClusterWork, kubectl } from './cluster.ts';
import type { Scene } from './scene.ts';

const component = 'cert-manager';

/** Longest time in which it gives up its lease. */
const graceMs = 5_000;

/** Longest time in which it starts: the first one may have to build it. */
const startMs = 900_000;

/** Where it runs. */
export interface Host {
  /** Of the cluster, with its logs. */
  folder: string;
  kubeconfig: string;
  /** Folder of kubectl; that on PATH if undefined. */
  bin: string | undefined;
}

/** While the tests of this suite run. Several may run at once: one of them leads and serves every namespace. */
export function useCertManager(suite: Mocha.Suite, host: Host): void {
  suite.timeout(startMs);
  const ending = new AbortController();
  let child: ChildProcess;

  before(async () => {
    child = await start(host, { say: (line) => console.log(line), signal: ending.signal });
  });

  after(async () => {
    await end(child, host);
    ending.abort();
  });
}

export function issuer(name: string, spec: object): object {
  return { apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata: { name }, spec };
}

/** A Certificate of a CA; its Secret has its name. */
export function authority(name: string, issuedBy: string, more: { duration?: string } = {}): object {
  const privateKey = { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' };
  const spec = { isCA: true, commonName: name, secretName: name, privateKey, issuerRef: { name: issuedBy }, ...more };
  return { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata: { name }, spec };
}

/** Has it issue another one, as `cmctl renew` does. */
export async function renew(
  name: string,
  { api, namespace, signal }: Pick<Scene, 'api' | 'namespace' | 'signal'>,
): Promise<void> {
  const lastTransitionTime = new Date().toISOString();
  const asked = { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', message: 'asked', lastTransitionTime };
  const patch = { status: { conditions: [asked] } };
  await api.patch(certificates, { namespace, name }, patch, { subresource: 'status', signal });
}

export async function applyAll(items: readonly object[], { namespace, signal }: Scene): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  await kubectl(['apply', '--namespace', namespace, '--filename', '-'], signal, JSON.stringify(list));
}

async function start(host: Host, work: ClusterWork): Promise<ChildProcess> {
  const { program, definitions } = await ensureCertManager({ cache: cacheRoot(), ...work });
  await install(definitions, toolsOf(host, work.signal));
  return launch(program, host);
}

/** Its CRDs are too long for the annotation of a client-side apply. */
async function install(definitions: string, { kubectl }: Tools): Promise<void> {
  // Where it looks for the Secrets of ClusterIssuers.
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'cert-manager' } };
  const apply = ['apply', '--server-side', '--force-conflicts', '--filename'];
  await kubectl([...apply, '-'], { input: JSON.stringify(namespace) });
  await kubectl([...apply, definitions]);
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', '--filename', definitions]);
}

function launch(program: string, { folder, kubeconfig }: Host): ChildProcess {
  const file = logFile(folder, component);
  mkdirSync(dirname(file), { recursive: true });
  const log = openSync(file, 'a');
  // A test run that is killed leaves no process behind.
  const args = ['--pdeathsig', 'KILL', program, `--kubeconfig=${kubeconfig}`];
  const child = spawn('setpriv', args, { stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

/** Rejects if it had ended by itself before. */
async function end(child: ChildProcess, { folder }: Host): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null)
    throw new Error(`cert-manager ended by itself. ${logTail(folder, component)}`);
  const patience = setTimeout(() => child.kill('SIGKILL'), graceMs);
  child.kill('SIGTERM');
  await once(child, 'exit');
  clearTimeout(patience);
}
