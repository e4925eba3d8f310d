/**
 * The ids that a cluster is born with. They follow from the object's uid, so that a crash between any two writes cannot
 * make a second set of them.
 */
import { createHash } from 'node:crypto';
import type { PersistentVolumeClaim } from '../kube/resource.ts';
import { labelDomain } from '../workload/identity.ts';

/** On every claim: whoever mounts the volume later knows whose data it is. */
export const clusterIdAnnotation = `${labelDomain}/kafka-cluster-id`;

/** Node ids that one pool may use; the first pool starts at 0, the next at 1000. */
export const nodeIdRange = 1000;

/** 16 bytes in URL-safe base64 without padding, as `kafka.common.Uuid` prints them; never led by a dash. */
function uuidOf(...seed: string[]): string {
  for (let attempt = 0; ; attempt++) {
    const digest = createHash('sha256')
      .update([...seed, String(attempt)].join('/'))
      .digest();
    const id = digest.subarray(0, 16).toString('base64url');
    // The tools would read a leading dash as an option.
    if (!id.startsWith('-')) return id;
  }
}

export function newClusterId(serviceUid: string): string {
  return uuidOf('cluster', serviceUid);
}

/** Kafka takes other ids than those that it makes, also of one letter. */
export function isClusterId(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/.test(text);
}

/** The directory id of a voter's metadata volume at the first format. */
export function initialDirectoryId(clusterId: string, nodeId: number): string {
  return uuidOf('directory', clusterId, String(nodeId));
}

/** The id that the volumes carry, if there are any: it outlives the object. */
export function recordedClusterId(claims: PersistentVolumeClaim[]): string | undefined {
  return claims.map((claim) => claim.metadata.annotations?.[clusterIdAnnotation]).find((id) => id !== undefined);
}

/**
 * The first node id of each pool: what is recorded stays; a new pool gets the lowest range that no pool has or had.
 */
export function assignNodeIds(pools: readonly string[], recorded: ReadonlyMap<string, number>): Map<string, number> {
  const assigned = new Map<string, number>();
  const taken = new Set(recorded.values());
  for (const pool of pools) {
    let start = recorded.get(pool);
    for (let range = 0; start === undefined; range += nodeIdRange) {
      if (!taken.has(range)) start = range;
    }
    taken.add(start);
    assigned.set(pool, start);
  }
  return assigned;
}
