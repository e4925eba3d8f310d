/** One reconcile's hold on the outside, over an API server in memory. */

import { createCache, type WatchSpec } from '../../kube/cache.ts';
import { writeThrough } from '../../kube/cached-api.ts';
import type { EventFields } from '../../kube/events.ts';
import { silentLog } from '../../kube/log.ts';
import type { KubeObject, Resource } from '../../kube/resource.ts';
import { configMaps, controllerRevisions, persistentVolumeClaims, pods, secrets } from '../../kube/resource.ts';
import { FakeClock } from '../../kube/testing/fake-clock.ts';
import { MemoryApi } from '../../kube/testing/memory-api.ts';
import { issuer } from '../../tls/issue.ts';
import { operationIndexOf, serviceIndex, serviceIndexOf } from '../facts.ts';
import type { Turn } from '../io.ts';
import { operationResource } from '../operations/operations.ts';

export interface TestTurn {
  turn: Turn;
  api: MemoryApi;
  events: EventFields[];
  /** Stores an object as somebody else's write, and shows it to the cache unless told not to. */
  put<T extends KubeObject>(resource: Resource<T>, object: T, seen?: boolean): Promise<T>;
}

export function testTurn(object: KubeObject): TestTurn {
  const api = new MemoryApi();
  const clock = new FakeClock();
  const watches: WatchSpec[] = [
    ...[secrets, configMaps, persistentVolumeClaims, pods, controllerRevisions].map((resource) => ({
      resource,
      indexes: { [serviceIndex]: serviceIndexOf },
    })),
    { resource: operationResource, indexes: { [serviceIndex]: operationIndexOf } },
  ];
  const cache = createCache({ api, log: silentLog, clock, random: () => 0, freeze: true, watches });
  const events: EventFields[] = [];
  const { signal } = new AbortController();
  const recorder = { emit: (_: KubeObject, fields: EventFields) => void events.push(fields), run: async () => {} };
  const randomBytes = (length: number): Buffer => Buffer.alloc(length, 7);
  const turn = {
    api: writeThrough(api, cache),
    cache,
    clock,
    events: recorder,
    randomBytes,
    issuer,
    object,
    log: silentLog,
    signal,
  };
  const put: TestTurn['put'] = async (resource, item, seen = true) => {
    const stored = await api.apply(resource, item);
    if (seen) cache.wrote(resource, stored);
    api.calls.length = 0;
    return stored;
  };
  return { turn, api, events, put };
}
