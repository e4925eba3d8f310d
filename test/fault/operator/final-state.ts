/** A world as it should look the same whatever happened on the way: without times, versions, passwords, places and history. */
import { APPLIED_HASH } from '../../../operators/kube/apply.ts';
import { isRecord, type JsonRecord } from '../../../operators/kube/json.ts';
import type { World } from '../world/world.ts';

const passing = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'lastTransitionTime',
  'since',
  'startedAt',
  'finishedAt',
  'seconds',
  // What happened on the way.
  'history',
  // By uid.
  'targets',
  'observedGeneration',
  'podIP',
  'address',
  'node',
  'nodeName',
  'volume.kubernetes.io/selected-node',
  'zone',
  'volumeName',
  'hostId',
  APPLIED_HASH,
  'stateward.dev/cassandra-host-id',
  // How a member was let in depends on when; that it was is seen by its being there.
  'stateward.dev/start',
  'topology.kubernetes.io/zone',
  'stateward.dev/zone',
  // Also of what no process reads.
  'controller-revision-hash',
  'updateRevision',
  'currentRevision',
  // Where news of a pod were late.
  'stateward.dev/pods-asked',
  // The generation that the spec had by then.
  'stateward.dev/asked',
  // No two keys are the same.
  'ca.crt',
  'fingerprint',
  'notAfter',
  'stateward.dev/certificates',
]);

export function finalState(world: World): Record<string, unknown> {
  const kept = world.server.everything().filter((object) => object.kind !== 'ControllerRevision');
  const objects = kept.map((object): [string, unknown] => {
    const { kind, metadata } = object;
    return [`${kind}/${metadata.name}`, kind === 'Secret' ? withoutData(strip(object)) : strip(object)];
  });
  return Object.fromEntries(objects.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (!isRecord(value)) return String(value).startsWith('random-') ? 'random' : value;
  const entries = Object.entries(value).filter(([name, part]) => !passing.has(name) && part !== undefined);
  return Object.fromEntries(entries.map(([name, part]) => [name, strip(part)]));
}

function withoutData(secret: unknown): unknown {
  const record: JsonRecord = isRecord(secret) ? secret : {};
  return { ...record, data: Object.keys(isRecord(record['data']) ? record['data'] : {}) };
}
