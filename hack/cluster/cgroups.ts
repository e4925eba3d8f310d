/** The cgroups below which the containers of a node run: `/stateward/SLOT-NODE` of every hierarchy. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, cgroupOf, nodesOf } from './layout.ts';

const root = '/sys/fs/cgroup';

/** One folder per controller with cgroup v1, the root itself with v2. */
function hierarchies(): string[] {
  if (existsSync(join(root, 'cgroup.controllers'))) return [root];
  return readdirSync(root).map((name) => join(root, name));
}

/**
 * All pods together weigh as much as this many ordinary tasks of the host: real nodes share their processors with nobody,
 * and pods that starve beside a test's own work fail their probes.
 */
const weight = 8;

function weigh(hierarchy: string): void {
  const folder = join(hierarchy, 'stateward');
  const shares = { 'cpu.shares': 1024 * weight, 'cpu.weight': 100 * weight };
  for (const [file, value] of Object.entries(shares)) {
    if (existsSync(join(folder, file))) writeFileSync(join(folder, file), String(value));
  }
}

/** cAdvisor measures a node's containers only below a cgroup that exists when kubelet starts. */
export function makeCgroups(cluster: Cluster): void {
  for (const { shape } of nodesOf(cluster)) {
    for (const hierarchy of hierarchies())
      mkdirSync(join(hierarchy, cgroupOf(cluster.slot, shape.name)), { recursive: true });
  }
  if (nodesOf(cluster).length > 0) hierarchies().forEach(weigh);
}

function removeTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  }
  try {
    rmdirSync(folder);
  } catch {
    // still being emptied by the kernel, or gone
  }
}

export function removeCgroups(cluster: Cluster): void {
  for (const folder of hierarchies().map((hierarchy) => join(hierarchy, 'stateward'))) {
    if (!existsSync(folder)) continue;
    const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const ours = entries.filter((entry) => entry.name.startsWith(`${cluster.slot}-`));
    for (const entry of ours) removeTree(join(folder, entry.name));
    if (ours.length === entries.length) removeTree(folder);
  }
}

/** Both versions are mounted, and version 2 has controllers: crun refuses to run with that. */
export function isHybrid(): boolean {
  const controllers = join(root, 'unified', 'cgroup.controllers');
  return existsSync(controllers) && readFileSync(controllers, 'utf8').trim() !== '';
}

export const plainCrun = '#!/bin/sh\nexec crun "$@"\n';

/** crun with the sight of version 2 taken away, for hosts that mount both. */
export const hybridCrun = `#!/bin/sh
exec unshare --mount --propagation private sh -c 'umount ${root}/unified && exec crun "$@"' crun "$@"
`;
