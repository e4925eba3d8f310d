/** What the operator sees may be old: nothing that has healed, or that holds data by now, is destroyed for it. */
import assert from 'node:assert/strict';
import { isRecord } from '../../operators/kube/json.ts';
import { type Pod, persistentVolumeClaims, pods } from '../../operators/kube/resource.ts';
import { isReady } from '../../operators/workload/members/pod-state.ts';
import { assertReady, converge, turns } from './operator/converge.ts';
import type { Call } from './operator/faults.ts';
import { Operator } from './operator/operator.ts';
import type { Delivery } from './operator/stale-cache.ts';
import type { HistoryEvent } from './world/api-server.ts';
import { isBroken } from './world/kubelet.ts';
import { World } from './world/world.ts';

const pool = { name: 'kafka', roles: ['Controller', 'Broker'] };

function uids(world: World): (string | undefined)[] {
  const objects = [...world.server.list(pods), ...world.server.list(persistentVolumeClaims)];
  return objects.map(({ metadata }) => metadata.uid);
}

/** Claims that got their volume. */
function isBound({ object }: HistoryEvent): boolean {
  return 'status' in object && isRecord(object.status) && object.status['phase'] === 'Bound';
}

describe('a view that is too old', () => {
  const sizes = [
    ['KafkaCluster', 'demo', { pools: [{ ...pool, storage: { volumes: [{ name: 'data', size: '40Gi' }] } }] }],
    ['CassandraCluster', 'ring', { storage: { size: '400Gi' } }],
  ] as const;
  for (const [kind, name, larger] of sizes) {
    it(`${kind}: claims that look unbound and are not keep their volumes when the size changes`, async () => {
      const world = new World();
      world.put(kind, name, {});
      let late = true;
      const hidden = (event: HistoryEvent): Delivery =>
        late && event.resource.kind === 'PersistentVolumeClaim' && isBound(event) ? [] : [0];
      const operator = new Operator(world, { events: hidden });
      await turns(6, world, operator);
      const before = world.server.list(persistentVolumeClaims).map(({ metadata }) => metadata.uid);
      assert.equal(before.length, 3);
      world.put(kind, name, larger);
      await turns(6, world, operator);
      late = false;
      operator.relist();
      await converge(world, operator);
      assertReady(world);
      const after = world.server.list(persistentVolumeClaims).map(({ metadata }) => metadata.uid);
      assert.deepEqual(after, before);
    });
  }

  it('a claim that takes the place of another does not inherit its host id', async () => {
    const world = new World();
    world.put('CassandraCluster', 'ring', {});
    let swapped = false;
    const swap = ({ what }: Call): undefined => {
      if (swapped || what !== 'patch PersistentVolumeClaim data-ring-r1-0') return;
      swapped = true;
      world.drop(persistentVolumeClaims, 'data-ring-r1-0');
      world.drop(pods, 'ring-r1-0');
      for (let step = 0; step < 4; step += 1) world.step();
    };
    await converge(world, new Operator(world, { faults: swap }));
    assert.ok(swapped);
    assertReady(world);
  });

  it('pods that look broken and are ready are not replaced when their template changes', async () => {
    const world = new World();
    world.put('KafkaCluster', 'demo', { image: 'broken:1' });
    let late = false;
    const hidden = ({ resource }: HistoryEvent): Delivery => (late && resource === pods ? [] : [0]);
    const operator = new Operator(world, { events: hidden });
    await converge(world, operator);
    late = true;
    for (const pod of world.server.list(pods)) pull(world, pod);
    for (let step = 0; step < 8; step += 1) world.step();
    assert.ok(world.server.list(pods).every(isReady), 'the registry has the image by now');
    const before = uids(world);
    world.put('KafkaCluster', 'demo', { image: 'good:1' });
    await turns(8, world, operator);
    assert.deepEqual(world.violations, []);
    assert.deepEqual(uids(world), before);
  });
});

/** The same image under the same name can be had from now on; a pod keeps what it was made with. */
function pull(world: World, pod: Pod): void {
  const fixed = (image: string | undefined): string => (isBroken(image) ? 'pulled' : (image ?? ''));
  world.server.modify('user', pods, { namespace: 'ns', name: pod.metadata.name }, (live) => ({
    ...live,
    spec: {
      ...live.spec,
      containers: (live.spec?.containers ?? []).map((container) => ({ ...container, image: fixed(container.image) })),
      initContainers: (live.spec?.initContainers ?? []).map((container) => ({
        ...container,
        image: fixed(container.image),
      })),
    },
  }));
}
