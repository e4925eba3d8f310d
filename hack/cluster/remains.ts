/** Removes a cluster, whole or in ruins. */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { run } from '../run.ts';
import { removeCgroups } from './cgroups.ts';
import { restoreHost } from './host.ts';
import { type Cluster, nodesOf, type Work } from './layout.ts';
import { unmountBelow } from './mounts.ts';
import { removeNetwork, slotsInUse } from './network.ts';
import { removeShimSockets } from './node.ts';
import { killAll, processesOf } from './processes.ts';

/** A loop device whose mount was detached while in use stays behind without this. */
async function detachLoops(cluster: Cluster, work: Work): Promise<void> {
  const lines = (await run('losetup', ['--list', '--noheadings', '--raw', '--output', 'NAME,BACK-FILE'], work)).split(
    '\n',
  );
  const ours = lines.filter((line) => line.includes(` ${cluster.folder}/`)).map((line) => line.split(' ')[0] ?? '');
  await Promise.all(ours.map((device) => run('losetup', ['--detach', device], work).catch(() => {})));
}

/** The socket for device plugins lies here, whatever root folder kubelet is told. */
const devicePlugins = '/var/lib/kubelet/device-plugins';

function removeIfEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

/** What the last cluster leaves outside of its folder. */
async function removeShared(work: Work): Promise<void> {
  if (slotsInUse().size > 0) return;
  restoreHost();
  rmSync(`${devicePlugins}/kubelet.sock`, { force: true });
  for (const folder of [devicePlugins, '/var/lib/kubelet', '/run/containerd/s', '/run/containerd'])
    removeIfEmpty(folder);
  if (!existsSync('/run/netns') || readdirSync('/run/netns').length > 0) return;
  await run('umount', ['/run/netns'], work).catch(() => {}); // no mount where the host made it otherwise
  removeIfEmpty('/run/netns');
}

export async function removeCluster(cluster: Cluster, work: Work): Promise<void> {
  await killAll(() => processesOf(cluster), work);
  await unmountBelow(cluster.folder, work, () => false);
  await detachLoops(cluster, work);
  await removeNetwork(cluster, work);
  removeCgroups(cluster);
  nodesOf(cluster).forEach(removeShimSockets);
  await removeShared(work);
  await run('rm', ['-rf', '--one-file-system', cluster.folder], { ...work, timeoutMs: 300_000 });
}
