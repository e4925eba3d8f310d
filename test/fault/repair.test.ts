/** Somebody removes a part of a service: it is put back, and whose data it was stays known. */
import assert from 'node:assert/strict';
import {
  configMaps,
  type KubeObject,
  networkPolicies,
  podDisruptionBudgets,
  pods,
  type Resource,
  secrets,
  services,
  statefulSets,
} from '../../operators/kube/resource.ts';
import { converge } from './operator/converge.ts';
import { assertSame, deploy, reference } from './operator/deploy.ts';
import { Operator } from './operator/operator.ts';
import { combinedKafka, rackedCassandra, type Shape } from './shapes.ts';
import type { World } from './world/world.ts';

const day = 86_400_000;

const parts: Resource[] = [pods, statefulSets, services, configMaps, podDisruptionBudgets, networkPolicies, secrets];

function identities(world: World): string[] {
  return [...world.kafka.identities(), ...world.cassandra.hostIds()];
}

async function lose(shape: Shape, resource: Resource): Promise<void> {
  const { final } = await reference(shape);
  const names = (await deploy(shape)).world.server.list<KubeObject>(resource).map(({ metadata }) => metadata.name);
  assert.ok(names.length > 0);
  for (const name of names) {
    const { world, operator } = await deploy(shape);
    const before = identities(world);
    world.drop(resource, name);
    await converge(world, operator);
    // Clients are given a day to learn of another CA.
    world.pass(1.5 * day);
    await converge(world, operator);
    assertSame(world, final);
    assert.deepEqual(identities(world), before, `after the loss of ${resource.kind} ${name}`);
  }
}

describe('a lost part', () => {
  for (const shape of [combinedKafka, rackedCassandra]) {
    for (const resource of parts) {
      it(`${shape.name}: each ${resource.kind}`, () => lose(shape, resource));
    }

    it(`${shape.name}: all pods at once`, async () => {
      const { final } = await reference(shape);
      const { world, operator } = await deploy(shape);
      const before = identities(world);
      for (const pod of world.server.list(pods)) world.drop(pods, pod.metadata.name);
      await converge(world, operator);
      assertSame(world, final);
      assert.deepEqual(identities(world), before);
    });

    it(`${shape.name}: all StatefulSets while no operator runs`, async () => {
      const { final } = await reference(shape);
      const { world } = await deploy(shape);
      const before = identities(world);
      for (const set of world.server.list(statefulSets)) world.drop(statefulSets, set.metadata.name);
      for (let step = 0; step < 5; step += 1) world.step();
      assert.equal(world.server.list(pods).length, 0);
      await converge(world, new Operator(world));
      assertSame(world, final);
      assert.deepEqual(identities(world), before);
    });
  }

  it('a Cassandra without its StatefulSets keeps its pods while they are orphans', async () => {
    const { world, operator } = await deploy(rackedCassandra);
    const uids = () => world.server.list(pods).map(({ metadata }) => metadata.uid);
    const before = uids();
    for (const set of world.server.list(statefulSets)) world.drop(statefulSets, set.metadata.name, 'Orphan');
    await converge(world, operator);
    assert.deepEqual(uids(), before);
    assertSame(world, (await reference(rackedCassandra)).final);
  });

  it('a Kafka whose nodes do not know their zones is told them', async () => {
    const { world } = await deploy(combinedKafka, {}, { zoneLabels: false });
    assertSame(world, (await reference(combinedKafka)).final);
  });
});
