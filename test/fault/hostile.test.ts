/** What is hostile or broken is told to its owner by the name of the field; nothing that runs notices. */
import assert from 'node:assert/strict';
import { keyspaceResource } from '../../operators/cassandra/keyspaces/keyspace.ts';
import { roleResource } from '../../operators/cassandra/roles/role.ts';
import { kafkaResource } from '../../operators/kafka/index.ts';
import { topicResource } from '../../operators/kafka/topics/topic.ts';
import { userResource } from '../../operators/kafka/users/user.ts';
import type { Resource } from '../../operators/kube/resource.ts';
import { operationResource } from '../../operators/workload/operations/operations.ts';
import { conditionOf } from '../corpus/condition.ts';
import type { Hostile, HostileKind } from '../corpus/hostile.ts';
import { corpus } from '../corpus/index.ts';
import { assertReady, converge, services, turns } from './operator/converge.ts';
import { assertSame, type Deployed, deploy, reference } from './operator/deploy.ts';
import { assertIdle } from './operator/roll.ts';
import { cassandra, combinedKafka, type Shape } from './shapes.ts';
import { namespace, type World } from './world/world.ts';

const ofKind = (kind: HostileKind): Hostile[] => corpus.filter((each) => each.kind === kind);

/** Puts each in place of what is there; for as long as it is, only the object itself is written. */
async function tryEach(
  { world, operator }: Deployed,
  kind: HostileKind,
  put: (spec: object) => void,
  said: () => string,
) {
  const faults: string[] = [];
  for (const { what, spec, field } of ofKind(kind)) {
    const before = world.server.history.length;
    put(Object(spec));
    await turns(2, world, operator);
    const touched = new Set(world.server.history.slice(before).map(({ object }) => object.kind));
    if (!said().includes(field)) faults.push(`${what}: ${field} is not named in ${said().slice(0, 300)}`);
    if ([...touched].join() !== kind) faults.push(`${what}: writes of ${[...touched].join()}`);
  }
  assert.deepEqual(faults, []);
  assert.deepEqual(operator.errors, []);
}

describe('a running service whose spec becomes hostile', () => {
  for (const [kind, name, shape] of [
    ['KafkaCluster', 'demo', combinedKafka],
    ['CassandraCluster', 'ring', cassandra],
  ] as const)
    it(`${kind}: says what is wrong each time, stays as it is, and goes on with a right one`, async () => {
      const { final } = await reference(shape);
      const deployed = await deploy(shape);
      const { world, operator } = deployed;
      const stalled = () => conditionOf(services(world)[0], 'Stalled');
      await tryEach(deployed, kind, (spec) => void world.put(kind, name, spec), stalled);
      assertReadyMembers(world);
      world.put(kind, name, {});
      await converge(world, operator);
      assertSame(world, final);
    });
});

function assertReadyMembers(world: World): void {
  assert.deepEqual(world.violations, []);
  assert.match(conditionOf(services(world)[0], 'Ready'), /^True: the members run as before/);
}

type Entity = 'KafkaUser' | 'KafkaTopic' | 'CassandraKeyspace' | 'CassandraRole';

const good: Record<Entity, object> = {
  KafkaUser: { cluster: 'demo', acls: [{ resource: { type: 'Topic', name: 'a' }, operations: ['Read'] }] },
  KafkaTopic: { cluster: 'demo', partitions: 2 },
  CassandraKeyspace: { cluster: 'ring' },
  CassandraRole: { cluster: 'ring' },
};

/** Most names of objects are none of a keyspace. */
function corrected(kind: Entity, index: number): object {
  return kind === 'CassandraKeyspace' ? { ...good[kind], name: `corrected_${index}` } : good[kind];
}

describe('a hostile object of a running service', () => {
  const kinds: [Entity, Resource, Shape, string][] = [
    ['KafkaUser', userResource, combinedKafka, 'demo'],
    ['KafkaTopic', topicResource, combinedKafka, 'demo'],
    ['CassandraKeyspace', keyspaceResource, cassandra, 'ring'],
    ['CassandraRole', roleResource, cassandra, 'ring'],
  ];
  for (const [kind, resource, shape, service] of kinds)
    it(`${kind}: says what is wrong, and holds up none of the others`, async () => {
      const { world, operator } = await deploy(shape);
      // Those that name no service in their namespace are found by none.
      const found = ofKind(kind).filter(({ spec }) => Object(spec).cluster === service);
      for (const [index, { spec }] of found.entries()) world.put(kind, `bad-${index}`, Object(spec));
      world.put(kind, 'good', good[kind]);
      await converge(world, operator);
      const ready = (name: string) => conditionOf(world.server.get(resource, { namespace, name }), 'Ready');
      const silent = found.flatMap(({ what, field }, index) => {
        const said = ready(`bad-${index}`);
        return said.startsWith('False') && said.includes(field) ? [] : [`${what}: ${field} is not named in ${said}`];
      });
      assert.deepEqual(silent, []);
      assert.match(ready('good'), /^True/);
      assert.deepEqual(operator.errors, []);
      for (const index of found.keys()) world.put(kind, `bad-${index}`, corrected(kind, index));
      await converge(world, operator);
      assert.deepEqual(
        [...found.keys()].filter((index) => !ready(`bad-${index}`).startsWith('True')),
        [],
      );
      assertReady(world);
      await assertIdle(world, operator);
    });

  it('ServiceOperation: says what is wrong, and holds up none of the others', async () => {
    const { world, operator } = await deploy(combinedKafka);
    const found = ofKind('ServiceOperation').filter(({ spec }) => Object(spec).service?.name === 'demo');
    for (const [index, { spec }] of found.entries()) world.operate(`bad-${index}`, Object(spec));
    world.operate('good', {
      service: { kind: 'KafkaCluster', name: 'demo' },
      type: 'Restart',
      members: ['demo-kafka-0'],
    });
    await converge(world, operator);
    const ready = (name: string) => conditionOf(world.server.get(operationResource, { namespace, name }), 'Ready');
    const silent = found.flatMap(({ what, field }, index) => {
      const said = ready(`bad-${index}`);
      return said.startsWith('False') && said.includes(field) ? [] : [`${what}: ${field} is not named in ${said}`];
    });
    assert.deepEqual(silent, []);
    assert.match(ready('good'), /^True/);
    assert.equal(world.server.list(kafkaResource).length, 1);
    assertReady(world);
  });
});
