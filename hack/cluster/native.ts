/** The cluster as processes of this host. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageArchive } from '../images/build.ts';
import { withLock } from '../lock.ts';
import { duration, withProgress } from '../progress.ts';
import { freeSlot } from './addresses.ts';
import { ensureBinaries } from './build.ts';
import { hybridCrun, isHybrid, makeCgroups, plainCrun } from './cgroups.ts';
import { startControlPlane } from './control-plane.ts';
import { holding } from './hold.ts';
import { prepareHost } from './host.ts';
import { loadImages, pauseArchive, seedNodes } from './images.ts';
import {
  allClusters,
  type Cluster,
  clusterOf,
  clustersFolder,
  folderOf,
  nodePaths,
  nodesOf,
  readCluster,
  type Work,
  writeCluster,
} from './layout.ts';
import { isPlugged, makeNetwork, slotsInUse } from './network.ts';
import { startNode } from './node.ts';
import { waitForNodes } from './nodes-ready.ts';
import { makeObjects } from './objects.ts';
import { makePki } from './pki.ts';
import { waitFor } from './processes.ts';
import { withKube } from './ready.ts';
import { removeCluster } from './remains.ts';
import type { Shape } from './shape.ts';
import { obstacle } from './storage/disks.ts';

export interface NativeOptions extends Work {
  name: string;
  cache: string;
  shape: Shape;
  images: () => Promise<ImageArchive[]>;
}

/** Without its service account the default namespace takes no pod. */
async function waitForAccount(cluster: Cluster, work: Work): Promise<void> {
  const path = '/api/v1/namespaces/default/serviceaccounts/default';
  const waiting = { what: 'the default service account', needs: ['kube-controller-manager'], timeoutMs: 60_000 };
  await withKube(cluster, (kube) =>
    waitFor(cluster, waiting, work, () =>
      kube.call('GET', path, undefined, work).then(
        () => true,
        () => false,
      ),
    ),
  );
}

/** The kernel takes at most 107 bytes for the name of a socket. */
function requireShortPaths(cluster: Cluster): void {
  const sockets = nodesOf(cluster).map((node) => join(nodePaths.kubelet(node), 'pod-resources', 'kubelet.sock'));
  const long = sockets.find((socket) => socket.length > 107);
  if (long !== undefined) throw new Error(`${long} is too long for a socket: set STATEWARD_CACHE to a shorter folder`);
}

/** Takes a free range of addresses, and writes the cluster down before anything of it exists. */
function register(options: NativeOptions, bin: string): Promise<Cluster> {
  const { cache, name, shape } = options;
  return withLock(join(clustersFolder(cache), '.slots.lock'), options, async () => {
    const taken = allClusters(cache).map((cluster) => cluster.slot);
    const slot = freeSlot(new Set([...taken, ...slotsInUse()]));
    if (slot === undefined) throw new Error('all address ranges are taken: stop another cluster first');
    const cluster = clusterOf(folderOf(cache, name), { name, slot, bin, shape, complete: false, images: {} });
    requireShortPaths(cluster);
    writeCluster(cluster);
    return cluster;
  });
}

async function startEverything(cluster: Cluster, images: ImageArchive[], options: NativeOptions): Promise<void> {
  const nodes = nodesOf(cluster);
  const missing = nodes.length > 0 ? await obstacle(options) : undefined;
  if (missing !== undefined) options.say(`volumes are plain folders, without a limit: ${missing}`);
  prepareHost();
  makeCgroups(cluster);
  writeFileSync(join(cluster.folder, 'crun'), isHybrid() ? hybridCrun : plainCrun, { mode: 0o755 });
  await Promise.all([
    nodes.length > 0 ? seedNodes(cluster, options.cache, images, options) : undefined,
    makeNetwork(cluster, options).then(() => makePki(cluster, options)),
  ]);
  await startControlPlane(cluster, options);
  await withKube(cluster, (kube) => makeObjects(cluster, kube, options));
  await Promise.all(nodes.map((node) => startNode(cluster, node, options)));
  const names = cluster.shape.nodes.map((node) => node.name);
  await Promise.all([waitForNodes(cluster, names, 0, options), waitForAccount(cluster, options)]);
}

/** Why what is there must go before a new start; undefined where it is what is wanted, even if parts of it died. */
function reasonToReplace(cluster: Cluster, bin: string, shape: Shape): string | undefined {
  if (!cluster.complete) return 'removing what an interrupted start left';
  if (!slotsInUse().has(cluster.slot)) return `removing what is left of ${cluster.name}: its network is gone`;
  if (cluster.bin !== bin) return `replacing ${cluster.name}: its programs are of another version`;
  const isSame = JSON.stringify(cluster.shape) === JSON.stringify(shape);
  return isSame ? undefined : `replacing ${cluster.name}: another shape is wanted`;
}

/** Starts what died, but no node that was shut down on purpose, and loads images that changed. */
async function refresh(cluster: Cluster, images: ImageArchive[], options: NativeOptions): Promise<void> {
  prepareHost();
  await startControlPlane(cluster, options);
  await reviveNodes(cluster, options);
  await loadImages(cluster, images, options);
}

async function reviveNodes(cluster: Cluster, work: Work): Promise<void> {
  const start = Date.now();
  const wanted = nodesOf(cluster).filter((node) => isPlugged(cluster, node));
  const revived = await Promise.all(wanted.map((node) => startNode(cluster, node, work)));
  const names = wanted.filter((_, index) => revived[index]).map(({ shape }) => shape.name);
  await waitForNodes(cluster, names, start, work);
}

async function prepare(options: NativeOptions): Promise<{ bin: string; images: ImageArchive[] }> {
  const [bin, images] = await Promise.all([ensureBinaries(options), options.images()]);
  return { bin, images: [await pauseArchive(bin, options.cache, options), ...images] };
}

async function upLocked(options: NativeOptions): Promise<Cluster> {
  const { bin, images } = await prepare(options);
  return holding(images, options.cache, (held) => upWith(bin, held, options));
}

async function upWith(bin: string, images: ImageArchive[], options: NativeOptions): Promise<Cluster> {
  const start = Date.now();
  const before = readCluster(folderOf(options.cache, options.name));
  const reason = before && reasonToReplace(before, bin, options.shape);
  if (before !== undefined && reason === undefined) {
    await refresh(before, images, options);
    return before;
  }
  if (before !== undefined && reason !== undefined) await remove(before, options, reason);
  const cluster = await register(options, bin);
  options.say(`starting ${cluster.name} with nodes 198.18.${cluster.slot}.0/24`);
  await startEverything(cluster, images, options);
  cluster.complete = true;
  writeCluster(cluster);
  options.say(`${cluster.name} is up (${duration(Date.now() - start)})`);
  return cluster;
}

async function remove(cluster: Cluster, work: Work, what: string): Promise<void> {
  work.say(what);
  await withProgress(what, { say: work.say, everyMs: 5000 }, () => removeCluster(cluster, work));
}

function lockOf(cache: string, name: string): string {
  return join(clustersFolder(cache), `.${name}.lock`);
}

export function upNative(options: NativeOptions): Promise<Cluster> {
  return withLock(lockOf(options.cache, options.name), options, () => upLocked(options));
}

/** Removes the cluster and its data; answers whether there was one. */
export function downNative(options: Work & { name: string; cache: string }): Promise<boolean> {
  return withLock(lockOf(options.cache, options.name), options, async () => {
    const cluster = readCluster(folderOf(options.cache, options.name));
    if (cluster !== undefined) await remove(cluster, options, `stopping ${cluster.name}`);
    return cluster !== undefined;
  });
}
