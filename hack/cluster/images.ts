/**
 * Images on the nodes. They are imported once into a seed, and each new node gets a copy of the seed's folder whose files
 * are hard links: containerd never changes a layer after it was committed.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import type { ImageArchive } from '../images/build.ts';
import { withLock } from '../lock.ts';
import { duration, withProgress } from '../progress.ts';
import { CommandError, run } from '../run.ts';
import { layersIn, withThinLayout } from './archive.ts';
import { containerdBase, pauseImage } from './config.ts';
import { type Cluster, nodePaths, nodesOf, type RealNode, type Record, type Work, writeCluster } from './layout.ts';
import { componentsOf, killAll, processesOf, startDaemon, waitFor } from './processes.ts';

const importTimeoutMs = 300_000;
const databases = ['io.containerd.metadata.v1.bolt/meta.db', 'io.containerd.snapshotter.v1.overlayfs/metadata.db'];

type Keys = Record['images'];

export function missingImages(wanted: readonly ImageArchive[], present: Keys): ImageArchive[] {
  return wanted.filter((image) => present[image.name] !== image.key);
}

function withKeys(present: Keys, images: readonly ImageArchive[]): Keys {
  return { ...present, ...Object.fromEntries(images.map((image) => [image.name, image.key])) };
}

export function socketAnswers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

interface Receiver {
  socket: string;
  /** containerd's root folder. */
  root: string;
}

/** Layers that all of them have. */
function commonLayers(receivers: readonly Receiver[]): Set<string> {
  const [first = new Set<string>(), ...others] = receivers.map(({ root }) => layersIn(root));
  return new Set([...first].filter((layer) => others.every((layers) => layers.has(layer))));
}

const importScript = 'tar -cf - -C "$1" . | ctr --address "$2" --namespace k8s.io images import -';

async function importLayers(
  image: ImageArchive,
  receivers: readonly Receiver[],
  present: ReadonlySet<string>,
  work: Work,
): Promise<void> {
  const limits = { ...work, timeoutMs: importTimeoutMs };
  await withThinLayout(image, present, work, async (folder) => {
    await Promise.all(receivers.map(({ socket }) => run('sh', ['-c', importScript, 'import', folder, socket], limits)));
  });
}

/** A layer that is there may just be collected: what fails with the missing layers alone is sent whole. */
async function importOne(image: ImageArchive, receivers: readonly Receiver[], work: Work): Promise<void> {
  await importLayers(image, receivers, commonLayers(receivers), work).catch((error: unknown) => {
    if (!(error instanceof CommandError)) throw error;
    return importLayers(image, receivers, new Set(), work);
  });
}

/** A docker-archive of one layer with one file. */
export async function pauseArchive(bin: string, cache: string, work: Work): Promise<ImageArchive> {
  const folder = join(cache, 'pause');
  const archive = join(folder, `${basename(bin)}.tar`);
  if (!existsSync(archive)) await packPause(bin, folder, archive, work);
  return { name: pauseImage, archive, key: basename(bin) };
}

async function packPause(bin: string, folder: string, archive: string, work: Work): Promise<void> {
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(bin, 'pause'), join(folder, 'pause'));
  const plain = ['--owner=0', '--group=0', '--mtime=@0', '-C', folder];
  await run('tar', [...plain, '-cf', join(folder, 'layer.tar'), 'pause'], work);
  const digest = createHash('sha256')
    .update(readFileSync(join(folder, 'layer.tar')))
    .digest('hex');
  const rootfs = { type: 'layers', diff_ids: [`sha256:${digest}`] };
  const config = {
    architecture: goArchitecture(),
    os: 'linux',
    config: { Entrypoint: ['/pause'], User: '65535' },
    rootfs,
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: [pauseImage], Layers: ['layer.tar'] }];
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  await run('tar', [...plain, '-cf', archive, 'manifest.json', 'config.json', 'layer.tar'], work);
}

function goArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}

interface Seed {
  folder: string;
  root: string;
  list: string;
}

function seedOf(cache: string): Seed {
  const folder = join(cache, 'seed');
  return { folder, root: join(folder, 'images'), list: join(folder, 'images.json') };
}

function seedKeys(seed: Seed): Keys {
  if (!existsSync(seed.list)) return {};
  const keys: unknown = JSON.parse(readFileSync(seed.list, 'utf8'));
  const entries = typeof keys === 'object' && keys !== null ? Object.entries(keys) : [];
  return Object.fromEntries(entries.map(([name, key]) => [name, String(key)]));
}

/** A containerd of its own, for the time of the import; slot -1 keeps it apart from every cluster. */
function seedCluster(seed: Seed, bin: string): Cluster {
  const addresses = {
    slot: -1,
    host: '',
    bridge: '',
    pods: '',
    services: '',
    apiService: '',
    simulatedPods: '',
    etcd: '',
  };
  return {
    name: 'seed',
    slot: -1,
    bin,
    shape: { nodes: [] },
    complete: false,
    images: {},
    folder: seed.folder,
    addresses,
  };
}

async function fillSeed(seed: Seed, bin: string, missing: readonly ImageArchive[], work: Work): Promise<void> {
  const cluster = seedCluster(seed, bin);
  const find = () => processesOf(cluster);
  await killAll(find, work);
  const [state, config] = [join(seed.folder, 'run'), join(seed.folder, 'containerd.toml')];
  const socket = join(state, 'containerd.sock');
  mkdirSync(state, { recursive: true });
  writeFileSync(config, containerdBase(seed.root, state, socket, true));
  try {
    startDaemon(cluster, { component: 'containerd', command: ['containerd', '--config', config] });
    const waiting = { what: 'containerd', needs: ['containerd'], timeoutMs: 20_000 };
    await waitFor(cluster, waiting, work, () => socketAnswers(socket));
    await importAll(seed, socket, missing, work);
  } finally {
    await killAll(find, { ...work, signal: new AbortController().signal });
    rmSync(state, { recursive: true, force: true });
  }
}

async function importAll(seed: Seed, socket: string, missing: readonly ImageArchive[], work: Work): Promise<void> {
  for (const [index, image] of missing.entries()) {
    const what = `importing ${image.name}, ${index + 1} of ${missing.length}`;
    await withProgress(what, { say: work.say, everyMs: 5000 }, () =>
      importOne(image, [{ socket, root: seed.root }], work),
    );
    writeFileSync(seed.list, JSON.stringify(withKeys(seedKeys(seed), [image])));
  }
}

/** Sees to it that the seed has these images, and copies it for each node. */
export async function seedNodes(
  cluster: Cluster,
  cache: string,
  images: readonly ImageArchive[],
  work: Work,
): Promise<void> {
  const seed = seedOf(cache);
  const start = Date.now();
  await withLock(join(cache, 'seed.lock'), work, async () => {
    const missing = missingImages(images, seedKeys(seed));
    if (missing.length > 0) {
      await fillSeed(seed, cluster.bin, missing, work);
      work.say(`imported ${missing.length} images in ${duration(Date.now() - start)}`);
    }
    await Promise.all(nodesOf(cluster).map((node) => copySeed(seed, node, work)));
  });
  cluster.images = withKeys({}, images);
  writeCluster(cluster);
}

async function copySeed(seed: Seed, node: RealNode, work: Work): Promise<void> {
  const root = nodePaths.containerdRoot(node);
  mkdirSync(node.folder, { recursive: true });
  await run('cp', ['-al', seed.root, root], { ...work, timeoutMs: importTimeoutMs });
  for (const database of databases) {
    rmSync(join(root, database));
    copyFileSync(join(seed.root, database), join(root, database));
  }
}

/** Gives a running cluster the images that it lacks, all nodes at once. */
export async function loadImages(cluster: Cluster, images: readonly ImageArchive[], work: Work): Promise<void> {
  const missing = missingImages(images, cluster.images);
  const running = componentsOf(cluster);
  const nodes = nodesOf(cluster).filter((node) => running.has(`containerd@${node.shape.name}`));
  const receivers = nodes.map((node) => ({ socket: nodePaths.socket(node), root: nodePaths.containerdRoot(node) }));
  for (const image of missing) {
    const what = `importing ${image.name} on ${nodes.length} nodes`;
    await withProgress(what, { say: work.say, everyMs: 5000 }, () => importOne(image, receivers, work));
  }
  cluster.images = withKeys(cluster.images, missing);
  writeCluster(cluster);
}
