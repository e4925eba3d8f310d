/** What a user asks for once is done once, whatever becomes of the operator meanwhile. */
import assert from 'node:assert/strict';
import { persistentVolumeClaims, pods } from '../../operators/kube/resource.ts';
import { isReady } from '../../operators/workload/members/pod-state.ts';
import { operationResource } from '../../operators/workload/operations/operations.ts';
import { assertReady, converge, services, statusLine, turn, turns } from './operator/converge.ts';
import { crashAtEachWrite, type Deployed, deploy } from './operator/deploy.ts';
import { Operator, type OperatorOptions } from './operator/operator.ts';
import { assertIdle, outdated, restarts, watchDown } from './operator/roll.ts';
import { cassandra, combinedKafka, dedicatedKafka, rackedCassandra, type Shape } from './shapes.ts';
import { World } from './world/world.ts';

const kafka = { kind: 'KafkaCluster', name: 'demo' };
const ring = { kind: 'CassandraCluster', name: 'ring' };

interface Case {
  what: string;
  shape: Shape;
  spec: object;
  /** Members that it takes down, in alphabetical order. */
  touches: string[];
}

const cases: Case[] = [
  {
    what: 'a restart of all',
    shape: combinedKafka,
    spec: { service: kafka, type: 'Restart' },
    touches: ['demo-kafka-0', 'demo-kafka-1', 'demo-kafka-2'],
  },
  {
    what: 'a restart of one',
    shape: combinedKafka,
    spec: { service: kafka, type: 'Restart', members: ['demo-kafka-1'] },
    touches: ['demo-kafka-1'],
  },
  {
    what: 'a restart of a pool',
    shape: dedicatedKafka,
    spec: { service: kafka, type: 'Restart', groups: ['broker'] },
    touches: ['demo-broker-1000', 'demo-broker-1001', 'demo-broker-1002'],
  },
  {
    what: 'a replacement',
    shape: combinedKafka,
    spec: { service: kafka, type: 'Replace', members: ['demo-kafka-0'] },
    touches: ['demo-kafka-0'],
  },
  {
    what: 'a restart of all',
    shape: cassandra,
    spec: { service: ring, type: 'Restart' },
    touches: ['ring-r1-0', 'ring-r1-1', 'ring-r1-2'],
  },
  {
    what: 'a restart of one',
    shape: cassandra,
    spec: { service: ring, type: 'Restart', members: ['ring-r1-1'] },
    touches: ['ring-r1-1'],
  },
  {
    what: 'a restart of a rack',
    shape: rackedCassandra,
    spec: { service: ring, type: 'Restart', groups: ['r-b'] },
    touches: ['ring-r-b-0'],
  },
  {
    what: 'a replacement',
    shape: cassandra,
    spec: { service: ring, type: 'Replace', members: ['ring-r1-0'] },
    touches: ['ring-r1-0'],
  },
];

function touched(world: World): string[] {
  return Object.entries(restarts(world)).flatMap(([name, count]) => Array<string>(count).fill(name));
}

function operation(world: World, name: string) {
  return world.server.get(operationResource, { namespace: 'ns', name });
}

async function operate(
  { shape, spec, touches }: Case,
  options: OperatorOptions = {},
): Promise<Deployed & { start: number }> {
  const { world, operator } = await deploy(shape, options);
  const start = operator.writes;
  const down = watchDown(world);
  world.operate('once', spec);
  await converge(world, operator);
  assertReady(world);
  const { status } = operation(world, 'once') ?? {};
  assert.deepEqual([status?.plan?.status, status?.finishedAt === undefined], ['Complete', false]);
  assert.deepEqual(touched(world), touches);
  assert.equal(down.most, 1);
  const history = services(world).flatMap((service) => service.status?.history ?? []);
  assert.deepEqual(
    history.filter(({ name }) => name === 'once').map(({ outcome }) => outcome),
    ['Complete'],
  );
  return { world, operator, start };
}

describe('an operation', () => {
  for (const each of cases) {
    // Of one member each write is tried.
    const stride = each.touches.length === 1 && each.shape !== rackedCassandra ? 1 : 7;
    it(`${each.shape.name}: ${each.what}: with a crash at ${stride === 1 ? 'any' : 'some'} write`, async () => {
      const undisturbed = await operate(each);
      const { world, operator } = undisturbed;
      assert.deepEqual(operator.errors, []);
      await assertIdle(world, operator);
      await crashAtEachWrite(undisturbed, (options) => operate(each, options), stride);
    });
  }
});

/** One service of three, all of which an operation restarts. */
const both: Case[] = cases.filter(({ what }) => what === 'a restart of all');

function suspend(world: World, name: string, value: boolean): void {
  world.server.modify('user', operationResource, { namespace: 'ns', name }, (live) => ({
    ...live,
    spec: { ...Object(live.spec), suspend: value },
  }));
}

/** Until that many pods have been replaced by others. */
async function untilTouched(count: number, world: World, operator: Operator): Promise<void> {
  for (let round = 0; round < 100 && touched(world).length < count; round += 1) await turn(world, operator);
  assert.equal(touched(world).length, count, statusLine(world));
}

function condition(world: World, name: string, type: string): string | undefined {
  return operation(world, name)?.status?.conditions?.find((each) => each.type === type)?.message;
}

describe('an operation on a service that does not exist', () => {
  it('says so, and begins when the service is created', async () => {
    const world = new World();
    const operator = new Operator(world);
    world.operate('early', { service: kafka, type: 'Restart' });
    await converge(world, operator);
    const message =
      'there is no KafkaCluster demo in namespace ns; create it, or delete this operation and make another';
    assert.deepEqual(
      ['Ready', 'Reconciling'].map((type) => condition(world, 'early', type)),
      [message, message],
    );
    await assertIdle(world, operator);
    combinedKafka.apply(world);
    await converge(world, operator);
    assertReady(world);
    assert.notEqual(operation(world, 'early')?.status?.finishedAt, undefined);
  });
});

describe('an operation that does not run alone', () => {
  for (const { shape, spec, touches } of both) {
    it(`${shape.name}: the second waits for the first`, async () => {
      const { world, operator } = await deploy(shape);
      const down = watchDown(world);
      world.operate('first', spec);
      world.operate('second', spec);
      await untilTouched(1, world, operator);
      assert.match(condition(world, 'second', 'Ready') ?? '', /waits for operation first/);
      await untilTouched(4, world, operator);
      assert.notEqual(operation(world, 'first')?.status?.finishedAt, undefined);
      await converge(world, operator);
      assertReady(world);
      assert.deepEqual(touched(world), [...touches, ...touches].sort());
      assert.equal(down.most, 1);
    });

    it(`${shape.name}: a change of the spec at the same time`, async () => {
      const { world, operator } = await deploy(shape);
      const down = watchDown(world);
      world.operate('once', spec);
      await untilTouched(1, world, operator);
      if (shape === cassandra) world.put('CassandraCluster', 'ring', { config: { concurrent_reads: 64 } });
      else world.put('KafkaCluster', 'demo', { config: { 'queued.max.requests': '600' } });
      await converge(world, operator);
      assertReady(world);
      assert.deepEqual(outdated(world), []);
      assert.equal(down.most, 1);
      // The first for the operation and for the spec, the others for both at once or one after the other.
      for (const count of Object.values(restarts(world))) assert.ok(count === 1 || count === 2, String(count));
    });

    it(`${shape.name}: deleted midway it goes no further, and who is down comes back`, async () => {
      for (const later of [0, 1, 2, 4, 6, 8]) {
        const { world, operator } = await deploy(shape);
        world.operate('once', spec);
        await untilTouched(1, world, operator);
        await turns(later, world, operator);
        const before = touched(world);
        world.drop(operationResource, 'once');
        await converge(world, operator);
        assertReady(world);
        const away = touched(world).filter((name) => !before.includes(name));
        // The pod of one may have been deleted already and is seen as new only afterwards.
        assert.ok(away.length <= 1 && touched(world).length < 3, `${before} then ${touched(world)}`);
        const history = services(world).flatMap(({ status }) => status?.history ?? []);
        assert.deepEqual(
          history.filter(({ name }) => name === 'once').map(({ outcome }) => outcome),
          ['Cancelled'],
        );
        await assertIdle(world, operator);
      }
    });

    it(`${shape.name}: suspended midway it finishes what is begun, and goes on when it may`, async () => {
      const { world, operator } = await deploy(shape);
      world.operate('once', spec);
      await untilTouched(1, world, operator);
      suspend(world, 'once', true);
      await converge(world, operator);
      assert.deepEqual(world.violations, []);
      assert.equal(touched(world).length, 1);
      assert.ok(world.server.list(pods).every(isReady), 'who is down comes back');
      assert.match(condition(world, 'once', 'Ready') ?? '', /suspended/);
      operator.restart();
      await converge(world, operator);
      assert.equal(touched(world).length, 1);
      suspend(world, 'once', false);
      await converge(world, operator);
      assertReady(world);
      assert.deepEqual(touched(world), touches);
    });

    it(`${shape.name}: made suspended it begins nothing, and then with what there is`, async () => {
      const { world, operator } = await deploy(shape);
      world.operate('once', { ...spec, suspend: true });
      await converge(world, operator);
      assert.deepEqual(touched(world), []);
      world.drop(pods, touches[0] ?? '');
      await converge(world, operator);
      suspend(world, 'once', false);
      await converge(world, operator);
      assertReady(world);
      assert.deepEqual(touched(world), [touches[0], ...touches]);
    });

    it(`${shape.name}: a member that does not exist is refused, and others go on`, async () => {
      const { world, operator } = await deploy(shape);
      world.operate('absent', { ...spec, members: ['nobody-0'] });
      world.operate('once', { ...spec, members: touches.slice(0, 1) });
      await converge(world, operator);
      assertReady(world);
      assert.match(condition(world, 'absent', 'Stalled') ?? '', /no member nobody-0/);
      assert.deepEqual(touched(world), touches.slice(0, 1));
    });

    it(`${shape.name}: it goes when its time is over, and nothing is done again`, async () => {
      const { world, operator } = await deploy(shape);
      world.operate('once', { ...spec, ttlSeconds: 600 });
      await converge(world, operator);
      assert.notEqual(operation(world, 'once'), undefined);
      world.pass(601_000);
      await converge(world, operator);
      assert.equal(operation(world, 'once'), undefined);
      assertReady(world);
      assert.deepEqual(touched(world), touches);
    });
  }
});

const replacements = cases.filter(({ what }) => what === 'a replacement');

describe('a replacement', () => {
  for (const { shape, spec, touches } of replacements) {
    const [target = ''] = touches;
    const other = target.replace('-0', '-1');
    const claim = (world: World, member: string): string | undefined =>
      world.server.get(persistentVolumeClaims, { namespace: 'ns', name: `data-${member}` })?.metadata.uid;

    it(`${shape.name}: gives new volumes to that member alone`, async () => {
      const { world, operator } = await deploy(shape);
      const before = [claim(world, target), claim(world, other)];
      world.operate('once', spec);
      await converge(world, operator);
      assertReady(world);
      assert.notEqual(claim(world, target), before[0]);
      assert.equal(claim(world, other), before[1]);
      assert.deepEqual([world.kafka.identities().length + world.cassandra.hostIds().length], [3]);
    });

    it(`${shape.name}: mends a member that has lost its volume`, async () => {
      const { world, operator } = await deploy(shape);
      world.drop(persistentVolumeClaims, `data-${target}`);
      world.drop(pods, target);
      await turns(12, world, operator);
      world.operate('once', spec);
      await converge(world, operator);
      assertReady(world);
    });

    it(`${shape.name}: waits while another member is away`, async () => {
      const { world, operator } = await deploy(shape);
      const before = claim(world, target);
      world.cordon(true);
      world.drop(pods, other);
      await turns(6, world, operator);
      world.operate('once', spec);
      await turns(40, world, operator);
      assert.deepEqual(world.violations, []);
      assert.equal(claim(world, target), before);
      assert.equal(operation(world, 'once')?.status?.finishedAt, undefined);
      world.cordon(false);
      await converge(world, operator);
      assertReady(world);
      assert.notEqual(claim(world, target), before);
    });
  }
});
