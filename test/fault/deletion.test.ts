/** What becomes of volumes: kept unless told otherwise, adopted only when told so, and never those of another. */
import assert from 'node:assert/strict';
import { cassandraResource } from '../../operators/cassandra/index.ts';
import { kafkaResource } from '../../operators/kafka/index.ts';
import { persistentVolumeClaims, pods, type Resource, secrets } from '../../operators/kube/resource.ts';
import { assertReady, converge, services, statusLine, turns } from './operator/converge.ts';
import { Operator } from './operator/operator.ts';
import type { Delivery } from './operator/stale-cache.ts';
import type { HistoryEvent } from './world/api-server.ts';
import { World } from './world/world.ts';

interface Kind {
  kind: 'KafkaCluster' | 'CassandraCluster';
  name: string;
  resource: Resource;
}

const kinds: Kind[] = [
  { kind: 'KafkaCluster', name: 'demo', resource: kafkaResource },
  { kind: 'CassandraCluster', name: 'ring', resource: cassandraResource },
];

async function running({ kind, name }: Kind, spec: object): Promise<{ world: World; operator: Operator; uid: string }> {
  const world = new World();
  const { uid = '' } = world.put(kind, name, spec).metadata;
  const operator = new Operator(world);
  await converge(world, operator);
  assertReady(world);
  return { world, operator, uid };
}

function claims(world: World): (string | undefined)[] {
  return world.server.list(persistentVolumeClaims).map(({ metadata }) => metadata.uid);
}

function identities(world: World): string[] {
  return [...world.kafka.identities(), ...world.cassandra.hostIds()];
}

for (const kind of kinds) {
  describe(`the volumes of a deleted ${kind.kind}`, () => {
    it('stay; a new object of the name names the field that adopts them; with it the data is there again', async () => {
      const { world, operator, uid } = await running(kind, {});
      const before = { claims: claims(world), identities: identities(world) };
      world.drop(kind.resource, kind.name);
      await converge(world, operator);
      assert.equal(world.server.list(pods).length, 0);
      assert.deepEqual(claims(world), before.claims);
      world.put(kind.kind, kind.name, {});
      await converge(world, operator);
      assert.match(statusLine(world), new RegExp(`adoptVolumesFrom: ${uid}`));
      assert.equal(
        services(world)[0]?.status?.conditions?.find(({ type }) => type === 'Stalled')?.reason,
        'RetainedVolumes',
      );
      assert.equal(world.server.list(pods).length, 0);
      world.put(kind.kind, kind.name, { adoptVolumesFrom: uid });
      await converge(world, operator);
      assertReady(world);
      assert.deepEqual({ claims: claims(world), identities: identities(world) }, before);
    });

    it('go with the policy Delete, whenever the operator crashes', async () => {
      const undisturbed = await running(kind, { deletionPolicy: 'Delete' });
      const start = undisturbed.operator.writes;
      await deleteAll(undisturbed.world, undisturbed.operator, kind);
      for (let fatal = start + 1; fatal <= undisturbed.operator.writes; fatal += 1) {
        const world = new World();
        world.put(kind.kind, kind.name, { deletionPolicy: 'Delete' });
        const crash = (_: unknown, write: number) =>
          write === fatal ? { kind: 'Crash' as const, answered: fatal % 2 === 0 } : undefined;
        const operator = new Operator(world, { faults: crash });
        await converge(world, operator);
        await deleteAll(world, operator, kind);
      }
    });

    it('stay when the policy changes to Retain before the deletion', async () => {
      const { world, operator } = await running(kind, { deletionPolicy: 'Delete' });
      const before = claims(world);
      world.put(kind.kind, kind.name, { deletionPolicy: 'Retain' });
      world.drop(kind.resource, kind.name);
      await converge(world, operator);
      assert.deepEqual(claims(world), before);
      assert.deepEqual(world.violations, []);
    });

    it('are those of the new object when an operator still sees the deletion of the old one', async () => {
      const { world, operator, uid } = await running(kind, { deletionPolicy: 'Delete' });
      let deaf = false;
      // It hears of everything but the object itself.
      const events = ({ resource }: HistoryEvent): Delivery => (deaf && resource.kind === kind.kind ? [] : [0]);
      const late = new Operator(world, { name: 'late', events });
      world.drop(kind.resource, kind.name);
      late.relist();
      deaf = true;
      await converge(world, operator);
      world.put(kind.kind, kind.name, { deletionPolicy: 'Delete' });
      await converge(world, operator);
      const before = claims(world);
      await turns(5, world, late);
      assert.deepEqual(claims(world), before);
      assert.notEqual(services(world)[0]?.metadata.uid, uid);
      assertReady(world);
    });

    it('are not deleted by a view that is older than their adoption', async () => {
      const { world, operator, uid } = await running(kind, { deletionPolicy: 'Delete' });
      const before = claims(world);
      const late = new Operator(world, { name: 'late' });
      world.drop(kind.resource, kind.name, 'Background');
      late.relist();
      late.listening = false;
      world.server.modify('user', kind.resource, { namespace: 'ns', name: kind.name }, (live) => ({
        ...live,
        metadata: { ...live.metadata, finalizers: [] },
      }));
      world.put(kind.kind, kind.name, { adoptVolumesFrom: uid });
      await turns(20, world, operator);
      await late.reconcileAll();
      await converge(world, operator);
      assert.deepEqual(claims(world), before);
      assertReady(world);
    });
  });
}

async function deleteAll(world: World, operator: Operator, kind: Kind): Promise<void> {
  world.drop(kind.resource, kind.name);
  await converge(world, operator);
  assert.deepEqual(world.violations, []);
  assert.deepEqual(claims(world), []);
  assert.deepEqual(services(world), []);
  assert.deepEqual(world.server.list(secrets), []);
}
