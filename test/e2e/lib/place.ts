/** What the tests of one file have to themselves: a namespace, and the means to work in it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'mocha';
import { operatorNamespace } from '../../../hack/install.ts';
import { type Tools, toolsOf } from '../../../hack/kubectl.ts';
import { cacheRoot } from '../../../hack/paths.ts';
import type { KubeApi } from '../../../operators/kube/api.ts';
import { type Connection, connect } from '../../lib/connection.ts';
import { type EventuallyOptions, eventually } from '../../lib/eventually.ts';
import { createNamespace } from '../../lib/namespace.ts';
import { cluster, keptCluster, killPods, testLabel } from './cluster.ts';
import { type Secrecy, watchSecrecy } from './secrecy.ts';

export interface Place {
  connection: Connection;
  /** An administrator's. */
  api: KubeApi;
  tools: Tools;
  namespace: string;
  /** Ends with the last test of the file. */
  signal: AbortSignal;
}

interface OpenPlace extends Place {
  ending: AbortController;
  secrecy: Secrecy;
}

async function open(prefix: string): Promise<OpenPlace> {
  const ending = new AbortController();
  const { signal } = ending;
  const connection = await connect(cluster.kubeconfig);
  const tools = toolsOf(cluster, signal);
  const namespace = await createNamespace(connection.api, signal, prefix);
  await tools.kubectl(['label', 'namespace', namespace, `${testLabel}=`]);
  const { api } = connection;
  const secrecy = watchSecrecy({ api, tools, namespace, signal });
  return { connection, api, tools, namespace, signal, ending, secrecy };
}

async function close({ connection, tools, namespace, ending }: OpenPlace, failed: boolean): Promise<void> {
  if (!(failed && keptCluster)) {
    await tools.kubectl(['delete', 'namespace', namespace, '--wait=false']);
    await killPods(tools, namespace);
  }
  ending.abort(new Error('the tests of this file are over'));
  await connection.close();
}

const pictures: string[][] = [
  ['get', 'kafkaclusters,cassandraclusters,statefulsets,pods,pvc,services,pdb', '-o', 'wide'],
  ['get', 'kafkaclusters,cassandraclusters', '-o', 'yaml'],
  ['events'],
  ['describe', 'pods'],
  ['logs', '--selector=stateward.dev/kind', '--all-containers', '--prefix', '--tail=200', '--max-log-requests=20'],
];

/** What a person would look at; in a file, since there is much of it. Mocha tells the error only when all files are done. */
async function keepPictures({ tools, namespace }: Place, { title, err }: Test): Promise<void> {
  const logs = ['-n', operatorNamespace, 'logs', '--selector=app.kubernetes.io/name=stateward', '--tail=1000'];
  const commands = [...pictures.map((args) => ['-n', namespace, ...args]), logs];
  const shown = [err?.stack ?? ''];
  for (const args of commands) {
    const output = await tools.kubectl(args).catch((error: unknown) => String(error));
    shown.push(`$ kubectl ${args.join(' ')}\n${output}`);
  }
  const folder = join(cacheRoot(), 'log', 'e2e');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${namespace}-${title.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 80)}.txt`);
  writeFileSync(file, shown.join('\n\n'));
  console.log(`e2e: ${err?.message.split('\n')[0]}; what was there then: ${file}`);
}

/**
 * For the top of a `describe`: opens a place before its first test, and removes it with all data after the last. What its
 * Secrets held must have shown nowhere.
 */
export function usePlace(prefix: string): () => Place {
  let place: OpenPlace | undefined;
  let failed = false;
  before(async () => {
    place = await open(prefix);
  });
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed' || place === undefined) return;
    failed = true;
    await keepPictures(place, this.currentTest);
  });
  after(async () => {
    if (place === undefined) return;
    try {
      await place.secrecy.check();
    } finally {
      await close(place, failed);
    }
  });
  return () => {
    if (place === undefined) throw new Error('the place is not open yet');
    return place;
  };
}

/** Longest wait for a state of real pods: a JVM's start on a busy machine takes its time. */
export const patienceMs = 540_000;

export function until<T>(
  { signal }: Place,
  check: () => T | Promise<T>,
  options: Partial<EventuallyOptions> = {},
): Promise<T> {
  return eventually(check, { signal, timeoutMs: patienceMs, everyMs: 500, ...options });
}
