/** Starts the cluster before the first test and removes it after the last. */
import { join } from 'node:path';
import { type ClusterWork, startCluster, stopCluster } from '../lib/cluster.ts';

const stages = join(import.meta.dirname, 'stages.yaml');
const definitions = join(import.meta.dirname, '..', '..', 'crds');

const ending = new AbortController();
const work: ClusterWork = { say: (line) => console.log(`integration: ${line}`), signal: ending.signal };

export async function mochaGlobalSetup(): Promise<void> {
  await startCluster(stages, definitions, work);
}

/** With STATEWARD_KEEP_CLUSTER the next run starts at once, and a person can look at what is left. */
export async function mochaGlobalTeardown(): Promise<void> {
  if (process.env['STATEWARD_KEEP_CLUSTER'] === undefined) await stopCluster(work);
}
