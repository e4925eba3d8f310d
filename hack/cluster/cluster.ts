/**
 * A local Kubernetes, for people by `main.ts` and for tests and demos by these functions. Several clusters of different
 * names run side by side; `CLUSTER=kind` makes them of containers where a Docker engine answers.
 */
import { join } from 'node:path';
import type { ImageArchive } from '../images/build.ts';
import { cacheRoot } from '../paths.ts';
import { ensurePrerequisites, forCluster, forKind } from '../prerequisites.ts';
import type { Say } from '../progress.ts';
import { holding } from './hold.ts';
import { loadImages } from './images.ts';
import { downKind, loadKind, nodeKind, upKind } from './kind.ts';
import { type Cluster, folderOf, kubeconfigOf, readCluster, type Work } from './layout.ts';
import { downNative, upNative } from './native.ts';
import { cutCable, plugCable } from './network.ts';
import { findNode, powerOff, powerOn } from './node.ts';
import { waitForNodes } from './nodes-ready.ts';
import { defaultShape, realNodes, type Shape } from './shape.ts';

export type { ImageArchive } from '../images/build.ts';
export { dataNode, defaultShape, gpuNode, type NodeShape, type Shape, simulatedNodes } from './shape.ts';
export { type ClusterStatus, status } from './status.ts';

export interface ClusterOptions {
  /** `stateward` unless given. */
  name?: string;
  say?: Say;
  signal?: AbortSignal;
}

export interface UpOptions extends ClusterOptions {
  shape?: Shape;
  /** Images for the nodes; those of hack/images unless given. Not asked where no node is real. */
  images?: () => Promise<ImageArchive[]>;
}

export interface RunningCluster {
  name: string;
  shape: Shape;
  /** File with an administrator's credentials. */
  kubeconfig: string;
  /** Folder with kubectl and helm; undefined with kind, which takes those on PATH. */
  bin: string | undefined;
}

interface Settled extends Work {
  name: string;
  cache: string;
}

const validName = /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/;

function settle(options: ClusterOptions): Settled {
  const { name = 'stateward', say = (line) => console.log(`cluster: ${line}`) } = options;
  if (!validName.test(name)) throw new Error(`${name} is no cluster name: at most 20 of a-z, 0-9 and -`);
  return { name, say, signal: options.signal ?? new AbortController().signal, cache: cacheRoot() };
}

function usesKind(): boolean {
  const value = process.env['CLUSTER'] ?? 'native';
  if (value !== 'native' && value !== 'kind') throw new Error(`CLUSTER=${value}: it is native or kind`);
  if (value === 'native' && process.getuid?.() !== 0) {
    throw new Error('the native cluster needs root: run it by sudo, or set CLUSTER=kind where a Docker engine answers');
  }
  return value === 'kind';
}

/** The images of this repository; imported late, for the cluster itself needs nothing of it. */
async function ownImages(work: Work): Promise<ImageArchive[]> {
  const { buildImages } = await import('../images/build.ts');
  return buildImages({ signal: work.signal, report: (line) => work.say(`images: ${line}`) });
}

/** Starts the cluster, or brings a running one up to date: what died is started, images that changed are loaded. */
export async function up(options: UpOptions = {}): Promise<RunningCluster> {
  const work = settle(options);
  const { shape = defaultShape } = options;
  const wanted = options.images ?? (() => ownImages(work));
  const images = realNodes(shape).length > 0 ? wanted : async () => [];
  const kubeconfig = kubeconfigOf({ folder: folderOf(work.cache, work.name) });
  const kind = usesKind();
  await ensurePrerequisites(kind ? forKind : forCluster, work);
  if (kind) await upKind({ ...work, shape, images, kubeconfig });
  else await upNative({ ...work, shape, images });
  return { name: work.name, shape, kubeconfig, bin: kind ? undefined : join(work.cache, 'bin') };
}

/** Removes the cluster with all its data, or what a killed run left of it; answers whether there was one. */
export function down(options: ClusterOptions = {}): Promise<boolean> {
  const work = settle(options);
  return usesKind() ? downKind(folderOf(work.cache, work.name), work) : downNative(work);
}

function existing(options: ClusterOptions): { cluster: Cluster; work: Settled } {
  const work = settle(options);
  const cluster = readCluster(folderOf(work.cache, work.name));
  if (cluster === undefined) throw new Error(`there is no cluster ${work.name}: start it first`);
  return { cluster, work };
}

/** Gives every node of a running cluster the images whose content it lacks. */
export async function load(images: readonly ImageArchive[], options: ClusterOptions = {}): Promise<void> {
  if (usesKind()) return loadKind(images, settle(options));
  const { cluster, work } = existing(options);
  await holding(images, work.cache, (held) => loadImages(cluster, held, work));
}

function onKind(node: string, act: NodeAct, options: ClusterOptions): Promise<void> {
  const work = settle(options);
  return nodeKind(folderOf(work.cache, work.name), node, act, work);
}

export type NodeAct = 'down' | 'up' | 'partition' | 'heal';

/** The node loses its power and its network at once: nothing on it gets a signal, nobody gets a packet. */
export async function nodeDown(node: string, options: ClusterOptions = {}): Promise<void> {
  if (usesKind()) return onKind(node, 'down', options);
  const { cluster, work } = existing(options);
  await powerOff(cluster, findNode(cluster, node), work);
}

/** The node starts again with its disks; resolves when it is ready. */
export async function nodeUp(node: string, options: ClusterOptions = {}): Promise<void> {
  if (usesKind()) return onKind(node, 'up', options);
  const { cluster, work } = existing(options);
  const start = Date.now();
  const wasOff = await powerOn(cluster, findNode(cluster, node), work);
  await waitForNodes(cluster, [node], wasOff ? start : 0, work);
}

/** The node runs on, cut off from everything. */
export async function nodePartition(node: string, options: ClusterOptions = {}): Promise<void> {
  if (usesKind()) return onKind(node, 'partition', options);
  const { cluster, work } = existing(options);
  await cutCable(findNode(cluster, node), work);
}

export async function nodeHeal(node: string, options: ClusterOptions = {}): Promise<void> {
  if (usesKind()) return onKind(node, 'heal', options);
  const { cluster, work } = existing(options);
  await plugCable(cluster, findNode(cluster, node), work);
}
