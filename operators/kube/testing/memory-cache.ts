/** A cache without watches: what a test puts in, and what `writeThrough` tells it. */
import { type Cache, createCache } from '../cache.ts';
import { silentLog } from '../log.ts';
import type { Resource } from '../resource.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryApi } from './memory-api.ts';

export function memoryCache(...resources: Resource[]): Cache {
  const watches = resources.map((resource) => ({ resource }));
  const options = { api: new MemoryApi(), log: silentLog, clock: new FakeClock(), random: () => 0, freeze: true };
  return createCache({ ...options, watches });
}
