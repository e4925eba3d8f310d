/** Members whose node is gone for good: replaced without anybody's hand, where the user has asked for that beforehand. */
import assert from 'node:assert/strict';
import { type Node, nodes, type Pod, persistentVolumeClaims, pods } from '../../operators/kube/resource.ts';
import { type OperationObject, operationResource } from '../../operators/workload/operations/operations.ts';
import { assertReady, converge, services, statusLine, turn, turns } from './operator/converge.ts';
import { crashAtEachWrite, type Deployed, deploy } from './operator/deploy.ts';
import type { Operator, OperatorOptions } from './operator/operator.ts';
import { assertIdle, watchDown } from './operator/roll.ts';
import type { Shape } from './shapes.ts';
import type { World } from './world/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const week = 7 * 24 * hour;
const automatic = { after: '30m', minInterval: '4h' };

interface Case {
  service: { kind: 'KafkaCluster' | 'CassandraCluster'; name: string };
  member: string;
  other: string;
}

const kafka: Case = {
  service: { kind: 'KafkaCluster', name: 'demo' },
  member: 'demo-kafka-1',
  other: 'demo-kafka-2',
};
const ring: Case = {
  service: { kind: 'CassandraCluster', name: 'ring' },
  member: 'ring-r1-1',
  other: 'ring-r1-2',
};
const cases = [kafka, ring];

function shapeOf({ service: { kind, name } }: Case, spec: object = { recovery: { automatic } }): Shape {
  return { name: `a ${kind}`, apply: (world) => void world.put(kind, name, spec) };
}

/** In two pools each of which can do without one. */
const pools = [
  { name: 'controller', roles: ['Controller'], replicas: 3 },
  { name: 'broker', roles: ['Broker'], replicas: 3 },
];

function claimOf(world: World, member: string) {
  return world.server.get(persistentVolumeClaims, { namespace: 'ns', name: `data-${member}` });
}

function addNode(world: World, name: string, labels: Record<string, string> = {}): void {
  const own = { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': 'a', ...labels };
  world.server.create<Node>('user', nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: own } });
}

/** Its node goes, and the data with it. Answers how the node comes back. */
function loseNodeOf(world: World, member: string): () => void {
  const name = world.server.get<Pod>(pods, { namespace: 'ns', name: member })?.spec?.nodeName ?? '';
  const labels = world.server.get(nodes, { name })?.metadata.labels;
  world.loseNode(name);
  return () => addNode(world, name, labels);
}

/** Somebody deletes what is behind its claim: no node is to blame. */
function loseVolumeOf(world: World, member: string): void {
  const claim = claimOf(world, member);
  assert.ok(claim !== undefined);
  const ref = { namespace: 'ns', name: claim.metadata.name };
  world.server.modify('user', persistentVolumeClaims, ref, (live) => ({ ...live, status: { phase: 'Lost' } }));
  world.drop(pods, member);
}

const losses = [
  { what: 'whose node is gone', lose: (world: World, member: string) => void loseNodeOf(world, member) },
  { what: 'whose volume is gone', lose: loseVolumeOf },
];

/** Every replacement that anybody ever asked for, as it was asked for. */
function replacements(world: World): OperationObject[] {
  const born = world.server.history.filter(({ type, resource }) => type === 'ADDED' && resource === operationResource);
  return born.map(({ object }): OperationObject => object).filter(({ spec }) => Object(spec).type === 'Replace');
}

function replaced(world: World): string[] {
  return replacements(world).map(({ spec }) => String(Object(spec).members));
}

function madeAt({ metadata }: OperationObject): number {
  return Date.parse(metadata.creationTimestamp ?? '');
}

/** With somebody looking every ten seconds. */
async function pass(ms: number, world: World, operator: Operator): Promise<void> {
  const end = world.clock.now() + ms;
  while (world.clock.now() < end) {
    await turn(world, operator);
    world.pass(9_000);
  }
}

/** Long enough for a lost member to be replaced, also by an operator that was interrupted. */
async function healed(world: World, operator: Operator): Promise<void> {
  for (let hours = 0; hours < 2; hours += 1) {
    await converge(world, operator);
    world.pass(hour);
  }
  await converge(world, operator);
}

async function replace(each: Case, lose: (world: World, member: string) => void, options: OperatorOptions = {}) {
  const { world, operator } = await deploy(shapeOf(each), options);
  const start = operator.writes;
  const before = claimOf(world, each.member)?.metadata.uid;
  lose(world, each.member);
  await healed(world, operator);
  assertReady(world);
  assert.deepEqual(replaced(world), [each.member]);
  assert.notEqual(claimOf(world, each.member)?.metadata.uid, before);
  world.pass(week + hour);
  await converge(world, operator);
  assert.deepEqual(replaced(world), [each.member]);
  return { world, operator, start };
}

function untouched({ world }: Deployed, members: string[], uids: (string | undefined)[]): void {
  assert.deepEqual(world.violations, []);
  assert.deepEqual(replaced(world), []);
  assert.deepEqual(
    members.map((member) => claimOf(world, member)?.metadata.uid),
    uids,
  );
}

describe('a lost member', () => {
  for (const each of cases) {
    const { service, member, other } = each;
    const uidsOf = (world: World) => [member, other].map((name) => claimOf(world, name)?.metadata.uid);

    it(`${service.kind}: is replaced once it has been lost for long enough, and not before`, async () => {
      const { world, operator } = await deploy(shapeOf(each));
      const uids = uidsOf(world);
      const lost = world.clock.now();
      loseNodeOf(world, member);
      await pass(29 * minute, world, operator);
      untouched({ world, operator }, [member, other], uids);
      assert.match(statusLine(world), /which is gone; is replaced at .* \(spec.recovery.automatic\)/);
      await pass(2 * minute, world, operator);
      assert.deepEqual(replaced(world), [member]);
      const [made] = replacements(world).map(madeAt);
      assert.ok(made !== undefined && made >= lost + 30 * minute, new Date(made ?? 0).toISOString());
      await converge(world, operator);
      assertReady(world);
      assert.equal(claimOf(world, other)?.metadata.uid, uids[1]);
      assert.notEqual(claimOf(world, member)?.metadata.uid, uids[0]);
      assert.equal(world.kafka.identities().length + world.cassandra.hostIds().length, 3);
      assert.deepEqual(operator.errors, []);
      await assertIdle(world, operator);
    });

    it(`${service.kind}: counts on through restarts of the operator`, async () => {
      const { world, operator } = await deploy(shapeOf(each));
      const lost = world.clock.now();
      loseNodeOf(world, member);
      for (let minutes = 0; minutes < 29; minutes += 1) {
        await pass(minute, world, operator);
        operator.restart();
      }
      assert.deepEqual(replaced(world), []);
      await pass(3 * minute, world, operator);
      const [made] = replacements(world).map(madeAt);
      assert.ok(made !== undefined && made < lost + 32 * minute, 'the time begins anew');
    });

    for (const { what, lose } of losses) {
      it(`${service.kind}: ${what}: with a crash at some write, and asked for once`, async () => {
        const undisturbed = await replace(each, lose);
        assert.deepEqual(undisturbed.operator.errors, []);
        await crashAtEachWrite(undisturbed, (options) => replace(each, lose, options), 2);
      });
    }

    it(`${service.kind}: keeps its data if its node comes back in time`, async () => {
      const { world, operator } = await deploy(shapeOf(each));
      const uids = uidsOf(world);
      const back = loseNodeOf(world, member);
      await pass(20 * minute, world, operator);
      back();
      await pass(hour, world, operator);
      await converge(world, operator);
      assertReady(world);
      untouched({ world, operator }, [member, other], uids);
    });

    it(`${service.kind}: begins to count anew with each loss`, async () => {
      const { world, operator } = await deploy(shapeOf(each));
      const back = loseNodeOf(world, member);
      await pass(20 * minute, world, operator);
      back();
      await converge(world, operator);
      assertReady(world);
      const lost = world.clock.now();
      loseNodeOf(world, member);
      await pass(40 * minute, world, operator);
      const [made] = replacements(world).map(madeAt);
      assert.ok(made !== undefined && made >= lost + 30 * minute, new Date(made ?? 0).toISOString());
    });

    it(`${service.kind}: stays if nobody has asked for that, and status says what to do`, async () => {
      const { world, operator } = await deploy(shapeOf(each, {}));
      const uids = uidsOf(world);
      loseNodeOf(world, member);
      await converge(world, operator);
      world.pass(week);
      await converge(world, operator);
      untouched({ world, operator }, [member, other], uids);
      const told = `its data is on node .*, which is gone; .* kubectl stateward member replace ${service.name} ${member}`;
      assert.match(statusLine(world), new RegExp(`Stalled=True: .*${told}`));
      world.operate('once', { service, type: 'Replace', members: [member] });
      await converge(world, operator);
      assertReady(world);
    });

    it(`${service.kind}: stays while data is at risk`, async () => {
      const { world, operator } = await deploy(shapeOf(each));
      const uids = uidsOf(world);
      const back = loseNodeOf(world, other);
      loseNodeOf(world, member);
      await turns(20, world, operator);
      await pass(hour, world, operator);
      untouched({ world, operator }, [member, other], uids);
      assert.match(JSON.stringify(services(world)), /is not replaced while data is at risk/);
      back();
      await healed(world, operator);
      assertReady(world);
      assert.deepEqual(replaced(world), [member]);
      assert.equal(claimOf(world, other)?.metadata.uid, uids[1]);
    });
  }

  for (const [when, between] of [
    ['lost with another one', 0],
    ['lost some time before another one', 20 * minute],
  ] as const) {
    it(`is replaced alone if it is ${when}, which has to wait for the interval`, async () => {
      const shape = shapeOf(kafka, { pools, recovery: { automatic } });
      const { world, operator } = await deploy(shape);
      for (const name of ['n7', 'n8']) addNode(world, name);
      const lost = ['demo-controller-1', 'demo-broker-1001'];
      const down = watchDown(world);
      for (const member of lost) {
        loseNodeOf(world, member);
        await pass(between, world, operator);
      }
      await pass(hour, world, operator);
      assert.equal(replaced(world).length, 1);
      await pass(4 * hour, world, operator);
      assert.deepEqual(replaced(world).toSorted(), lost.toSorted());
      const [first = 0, second = 0] = replacements(world).map(madeAt);
      assert.ok(second - first >= 4 * hour, `${second - first} ms`);
      await converge(world, operator);
      assertReady(world);
      assert.equal(down.most, 2);
    });
  }
});
