/** Who leads, by a real Lease. */
import assert from 'node:assert/strict';
import type { KubeApi } from '../../operators/kube/api.ts';
import { systemClock } from '../../operators/kube/clock.ts';
import { type Election, elect } from '../../operators/kube/lease.ts';
import { silentLog } from '../../operators/kube/log.ts';
import { leases } from '../../operators/kube/resource.ts';
import { eventually } from '../lib/eventually.ts';
import { inScene, type Scene } from '../lib/scene.ts';

interface Candidate {
  leads: boolean;
  ended: Promise<Election>;
  stop(): void;
}

function candidate({ namespace }: Scene, identity: string, api: KubeApi): Candidate {
  const ending = new AbortController();
  const state = { leads: false };
  const onLeading = async (signal: AbortSignal): Promise<void> => {
    state.leads = true;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    state.leads = false;
  };
  const ref = { namespace, name: 'operator' };
  const options = { api, ref, identity, clock: systemClock, log: silentLog, onLeading };
  const ended = elect({ ...options, signal: ending.signal });
  return {
    get leads() {
      return state.leads;
    },
    ended,
    stop: () => ending.abort(),
  };
}

function holderOf({ api, namespace, signal }: Scene): Promise<string | undefined> {
  return api.read(leases, { namespace, name: 'operator' }, { signal }).then((lease) => lease?.spec?.holderIdentity);
}

describe('leader election', () => {
  it(
    'has one leader, and hands over at once when it steps down',
    inScene(async (scene) => {
      const { api, signal } = scene;
      const first = candidate(scene, 'first', api);
      await eventually(() => assert.ok(first.leads), { signal });
      const second = candidate(scene, 'second', api);
      assert.equal(await holderOf(scene), 'first');
      first.stop();
      assert.equal(await first.ended, 'released');
      await eventually(() => assert.ok(second.leads), { signal, timeoutMs: 8_000 });
      assert.equal(await holderOf(scene), 'second');
      second.stop();
      await second.ended;
    }),
  );

  it(
    'gives the lease of a leader that went silent to another, which knows no overlap',
    inScene(async (scene) => {
      const { api, signal } = scene;
      let cut = false;
      /** A leader whose network is gone: nothing that it sends arrives. */
      const unlessCut = <T>(call: () => Promise<T>): Promise<T> =>
        cut ? Promise.reject(new Error('the network is gone')) : call();
      const severed: KubeApi = {
        read: (resource, ref, options) => unlessCut(() => api.read(resource, ref, options)),
        list: (resource, options) => unlessCut(() => api.list(resource, options)),
        watch: (resource, options) => api.watch(resource, options),
        create: (resource, object, options) => unlessCut(() => api.create(resource, object, options)),
        update: (resource, object, options) => unlessCut(() => api.update(resource, object, options)),
        apply: (resource, object, options) => unlessCut(() => api.apply(resource, object, options)),
        patch: (resource, ref, patch, options) => unlessCut(() => api.patch(resource, ref, patch, options)),
        remove: (resource, ref, options) => unlessCut(() => api.remove(resource, ref, options)),
      };
      const first = candidate(scene, 'first', severed);
      await eventually(() => assert.ok(first.leads), { signal });
      const second = candidate(scene, 'second', api);
      cut = true;
      await eventually(() => assert.ok(!first.leads || second.leads, 'nothing changed hands'), { signal });
      assert.ok(!second.leads, 'two lead at once');
      assert.equal(await first.ended, 'lost');
      await eventually(() => assert.ok(second.leads), { signal });
      assert.equal(await holderOf(scene), 'second');
      second.stop();
      await second.ended;
    }),
  );
});
