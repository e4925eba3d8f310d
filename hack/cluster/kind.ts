/** The same shape made by kind, where a Docker engine answers and the user asks for it. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ImageArchive } from '../images/build.ts';
import { withProgress } from '../progress.ts';
import { CommandError, run } from '../run.ts';
import { connectKube, createOnce } from './kube.ts';
import type { Work } from './layout.ts';
import { setExtendedResources, storageClass } from './objects.ts';
import { type NodeShape, realNodes, type Shape } from './shape.ts';

export interface KindOptions extends Work {
  name: string;
  shape: Shape;
  images: () => Promise<ImageArchive[]>;
  kubeconfig: string;
}

const nodeSchema = z.object({
  name: z.string(),
  kind: z.enum(['real', 'simulated']),
  zone: z.string(),
  labels: z.record(z.string(), z.string()),
  taints: z.array(
    z.object({ key: z.string(), value: z.string(), effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']) }),
  ),
  extendedResources: z.record(z.string(), z.string()),
});

const createTimeoutMs = 900_000;

function worker(shape: NodeShape): object {
  const registration = { kind: 'JoinConfiguration', nodeRegistration: { taints: shape.taints } };
  return { role: 'worker', labels: shape.labels, kubeadmConfigPatches: [JSON.stringify(registration)] };
}

/** JSON, which kind reads as the YAML that it is. */
export function kindConfig(shape: Shape): string {
  const nodes = [{ role: 'control-plane' }, ...realNodes(shape).map(worker)];
  return JSON.stringify({ kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4', nodes }, undefined, 2);
}

/** kind numbers its workers: the first has no number, the second is 2. */
export function kindNodeName(cluster: string, shape: Shape, node: string): string {
  const index = realNodes(shape).findIndex(({ name }) => name === node);
  if (index < 0) throw new Error(`cluster ${cluster} has no real node ${node}`);
  return `${cluster}-worker${index === 0 ? '' : index + 1}`;
}

async function requireEngine(work: Work): Promise<void> {
  await run('docker', ['info'], { ...work, timeoutMs: 20_000 }).catch((error: unknown) => {
    if (!(error instanceof CommandError)) throw error;
    const advice = 'CLUSTER=kind needs a Docker engine that answers; without one, leave CLUSTER out';
    throw new Error(`${advice}.\n${error.message}`, { cause: error });
  });
}

async function exists(name: string, work: Work): Promise<boolean> {
  return (await run('kind', ['get', 'clusters'], work)).split('\n').includes(name);
}

async function create(options: KindOptions): Promise<void> {
  const { name, kubeconfig, shape } = options;
  const config = join(dirname(kubeconfig), 'kind.json');
  mkdirSync(dirname(kubeconfig), { recursive: true });
  writeFileSync(config, kindConfig(shape));
  writeFileSync(join(dirname(kubeconfig), 'shape.json'), JSON.stringify(shape));
  const args = ['create', 'cluster', '--name', name, '--config', config, '--kubeconfig', kubeconfig, '--wait', '5m'];
  const limits = { ...options, timeoutMs: createTimeoutMs };
  await withProgress(`kind creates ${name}`, options, () => run('kind', args, limits));
}

/** kind's own provisioner, under the name that the native cluster gives to its class. */
async function prepareObjects(options: KindOptions): Promise<void> {
  const kube = connectKube(options.kubeconfig);
  const ofKind = { ...storageClass, provisioner: 'rancher.io/local-path', allowVolumeExpansion: false };
  try {
    await createOnce(kube, '/apis/storage.k8s.io/v1/storageclasses', ofKind, options);
    for (const shape of realNodes(options.shape)) {
      const renamed = { ...shape, name: kindNodeName(options.name, options.shape, shape.name) };
      await setExtendedResources(kube, renamed, options);
    }
  } finally {
    await kube.close();
  }
}

export async function upKind(options: KindOptions): Promise<void> {
  await requireEngine(options);
  if (realNodes(options.shape).length < options.shape.nodes.length) throw new Error('kind has no simulated nodes');
  const images = await options.images();
  if (!(await exists(options.name, options))) await create(options);
  await prepareObjects(options);
  await loadKind(images, options);
  options.say('volumes on kind are folders: without a limit, and they do not grow');
}

export async function loadKind(images: readonly ImageArchive[], work: Work & { name: string }): Promise<void> {
  for (const { name, archive } of images) {
    const args = ['load', 'image-archive', archive, '--name', work.name];
    await withProgress(`loading ${name}`, work, () => run('kind', args, { ...work, timeoutMs: createTimeoutMs }));
  }
}

export async function downKind(folder: string, work: Work & { name: string }): Promise<boolean> {
  await requireEngine(work);
  rmSync(folder, { recursive: true, force: true });
  if (!(await exists(work.name, work))) return false;
  await run('kind', ['delete', 'cluster', '--name', work.name], { ...work, timeoutMs: createTimeoutMs });
  return true;
}

const dockerCommands = {
  down: (container: string) => ['kill', container],
  up: (container: string) => ['start', container],
  partition: (container: string) => ['network', 'disconnect', 'kind', container],
  heal: (container: string) => ['network', 'connect', 'kind', container],
};

export function readShape(folder: string): Shape | undefined {
  const file = join(folder, 'shape.json');
  if (!existsSync(file)) return undefined;
  const parsed = z.object({ nodes: z.array(nodeSchema) }).safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return parsed.success ? parsed.data : undefined;
}

export async function nodeKind(
  folder: string,
  node: string,
  act: keyof typeof dockerCommands,
  work: Work & { name: string },
): Promise<void> {
  await requireEngine(work);
  const shape = readShape(folder);
  if (shape === undefined) throw new Error(`there is no cluster ${work.name}: start it first`);
  await run('docker', dockerCommands[act](kindNodeName(work.name, shape, node)), work);
}
