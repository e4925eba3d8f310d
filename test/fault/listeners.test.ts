/** Listeners of a Kafka in use take the place of others: no broker closes one before its clients have had time to move. */
import assert from 'node:assert/strict';
import { kafkaResource } from '../../operators/kafka/index.ts';
import { isRecord } from '../../operators/kube/json.ts';
import { stepId } from '../../operators/plan/control.ts';
import { assertReady, converge, services } from './operator/converge.ts';
import { type Change, type Changed, changed, crashAtEachWrite, deploy } from './operator/deploy.ts';
import type { OperatorOptions } from './operator/operator.ts';
import { assertIdle, eachOf, outdated, restarts } from './operator/roll.ts';
import type { Shape } from './shapes.ts';
import { namespace, user, type World } from './world/world.ts';

const day = 86_400_000;

const plain = { name: 'plain', port: 9092, tls: false, authentication: 'None' };
const secure = { name: 'secure', port: 9093 };
const anybody = { superUsers: ['ANONYMOUS'] };

const pools = [
  { name: 'controller', roles: ['Controller'], replicas: 3 },
  { name: 'broker', roles: ['Broker'], replicas: 3 },
];

function put(world: World, spec: object): void {
  world.put('KafkaCluster', 'demo', spec);
}

function shapeOf(spec: object): Shape {
  return { name: 'a Kafka', apply: (world) => put(world, spec) };
}

/** From now on brokers must have it: until a day after all had `other`, or until the user says that nobody needs it. */
class Watch {
  forced = false;
  #opened: number | undefined;

  constructor(world: World, name: string, other: string) {
    world.server.observers.push(() => {
      const brokers = world.kafka.listeners();
      if (brokers.length === 3 && brokers.every(({ open }) => open.includes(other))) this.#opened ??= world.clock.now();
      if (this.forced || world.clock.now() - (this.#opened ?? Number.POSITIVE_INFINITY) >= day) return;
      const without = brokers.filter(({ open }) => !open.includes(name));
      world.violations.push(...without.map(({ broker }) => `${broker} runs without ${name}`));
    });
  }
}

function endpoints(world: World) {
  return services(world).flatMap(({ status }) => status?.endpoints ?? []);
}

function openEverywhere(world: World): string[] {
  const all = world.kafka
    .listeners()
    .map(({ open }) => open.filter((name) => !['CONTROLLER', 'INTERNAL'].includes(name)).join());
  return [...new Set(all)];
}

function planOf(world: World) {
  return services(world)
    .flatMap(({ status }) => status?.plans ?? [])
    .find(({ name }) => name === 'listeners');
}

/** As `kubectl stateward plan force-complete` writes it. */
function force(world: World, listener: string): void {
  const { name = '', revision = '' } = planOf(world) ?? {};
  const completed = [stepId({ name, revision }, listener, 'clients:[move]')];
  world.server.modify(user, kafkaResource, { namespace, name: 'demo' }, (live) => ({
    ...live,
    spec: { ...(isRecord(live.spec) ? live.spec : {}), control: { completed } },
  }));
}

function assertSettled(world: World, listeners: string[], rolls: number | Record<string, number>): void {
  assertReady(world);
  assert.deepEqual(openEverywhere(world), [listeners.map((name) => name.toUpperCase()).join()]);
  assert.deepEqual(
    endpoints(world).map(({ name, opening, leavingSince }) => [name, opening, leavingSince]),
    listeners.map((name) => [name, undefined, undefined]),
  );
  assert.equal(planOf(world), undefined);
  assert.deepEqual(outdated(world), []);
  assert.deepEqual(restarts(world), typeof rolls === 'number' ? eachOf(world, rolls) : rolls);
}

/** Of the plan of the listeners, newest first. */
function outcomes(world: World): string[] {
  const history = services(world).flatMap(({ status }) => status?.history ?? []);
  return history.filter(({ name }) => name === 'listeners').map(({ outcome }) => outcome);
}

interface Case {
  name: string;
  from: object;
  to: object;
  /** What brokers have open meanwhile, and in the end. */
  meanwhile: string[];
  end: string[];
  rolls: number;
}

const cases: Case[] = [
  {
    name: 'another takes its place',
    from: { listeners: [plain], authorization: anybody },
    to: { listeners: [secure] },
    meanwhile: ['plain', 'secure'],
    end: ['secure'],
    rolls: 2,
  },
  {
    name: 'others stay',
    from: { listeners: [plain, secure], authorization: anybody },
    to: { listeners: [secure] },
    meanwhile: ['plain', 'secure'],
    end: ['secure'],
    rolls: 1,
  },
];

function changeOf({ from, to }: Case): Change {
  const change = (world: World): void => {
    new Watch(world, 'PLAIN', 'SECURE');
    put(world, to);
  };
  return { shape: shapeOf(from), change, passMs: 1.5 * day };
}

/** Controllers restart once, when nobody is anonymous any more. */
const rollsOfBoth = Object.fromEntries(
  [0, 1, 2].flatMap((id) => [
    [`demo-broker-${1000 + id}`, 2],
    [`demo-controller-${id}`, 1],
  ]),
);

/** Replaced, and forced as soon as brokers have both. */
async function forced(options: OperatorOptions = {}): Promise<Changed> {
  const { world, operator } = await deploy(shapeOf({ pools, listeners: [plain], authorization: anybody }), options);
  const start = operator.writes;
  const watch = new Watch(world, 'PLAIN', 'SECURE');
  put(world, { pools, listeners: [secure] });
  await converge(world, operator);
  assert.deepEqual(openEverywhere(world), ['PLAIN,SECURE']);
  watch.forced = true;
  force(world, 'plain');
  await converge(world, operator);
  return { world, operator, start };
}

describe('a listener that the spec no longer has', () => {
  for (const each of cases) {
    it(`stays open for a day where ${each.name}, and the service is Ready`, async () => {
      const { world, operator } = await deploy(shapeOf(each.from));
      new Watch(world, 'PLAIN', 'SECURE');
      put(world, each.to);
      await converge(world, operator);
      assertReady(world);
      assert.deepEqual(openEverywhere(world), [each.meanwhile.map((name) => name.toUpperCase()).join()]);
      assert.deepEqual(restarts(world), eachOf(world, each.rolls - 1));
      assert.equal(planOf(world)?.status, 'Waiting');
      await assertIdle(world, operator);
      world.pass(0.9 * day);
      await converge(world, operator);
      assert.equal(planOf(world)?.status, 'Waiting');
      world.pass(0.2 * day);
      await converge(world, operator);
      assertSettled(world, each.end, each.rolls);
      assert.deepEqual(outcomes(world), ['Complete']);
      await assertIdle(world, operator);
      assert.deepEqual(operator.errors, []);
    });

    it(`closes where ${each.name}, with a crash at some write`, async () => {
      const undisturbed = await changed(changeOf(each));
      assertSettled(undisturbed.world, each.end, each.rolls);
      await crashAtEachWrite(
        undisturbed,
        (options) => changed(changeOf(each), options),
        9,
        (world) => assertSettled(world, each.end, each.rolls),
      );
    });
  }

  it('closes at once when the user says that its clients have moved, with a crash at some write', async () => {
    const undisturbed = await forced();
    assertSettled(undisturbed.world, ['secure'], rollsOfBoth);
    await crashAtEachWrite(undisturbed, forced, 19, (world) => assertSettled(world, ['secure'], rollsOfBoth));
  });

  it('stays without a restart when it is put back', async () => {
    const { world, operator } = await deploy(shapeOf({ listeners: [plain], authorization: anybody }));
    new Watch(world, 'PLAIN', 'SECURE');
    put(world, { listeners: [secure] });
    await converge(world, operator);
    put(world, { listeners: [plain, secure], authorization: anybody });
    await converge(world, operator);
    world.pass(1.5 * day);
    await converge(world, operator);
    assertSettled(world, ['plain', 'secure'], 1);
    assert.deepEqual(outcomes(world), ['Cancelled']);
  });

  it('takes one along that was to come when it is put back before that', async () => {
    const { world, operator } = await deploy(shapeOf({ listeners: [plain], authorization: anybody }));
    new Watch(world, 'PLAIN', 'SECURE');
    put(world, { listeners: [secure] });
    await operator.round();
    put(world, { listeners: [plain], authorization: anybody });
    await converge(world, operator);
    assertReady(world);
    assert.deepEqual(openEverywhere(world), ['PLAIN']);
    assert.deepEqual(outdated(world), []);
    assert.deepEqual(
      endpoints(world).map(({ name, leavingSince }) => [name, leavingSince]),
      [['plain', undefined]],
    );
  });

  it('just goes before anybody has served', async () => {
    const { world, operator } = await deploy({ name: 'none', apply: () => {} });
    put(world, { listeners: [plain], authorization: anybody });
    await operator.round();
    put(world, { listeners: [secure] });
    await converge(world, operator);
    assertSettled(world, ['secure'], 0);
  });
});
