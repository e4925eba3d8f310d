/** Settings that Kafka takes while it runs: no member restarts for them, and what others have set stays. */
import assert from 'node:assert/strict';
import { assertReady, converge, services, statusLine } from './operator/converge.ts';
import { crashAtEachWrite, type Deployed, deploy } from './operator/deploy.ts';
import type { OperatorOptions } from './operator/operator.ts';
import { assertIdle, eachOf, restarts } from './operator/roll.ts';
import { combinedKafka } from './shapes.ts';
import type { World } from './world/world.ts';

const throttle = 'leader.replication.throttled.rate';

function put(world: World, config: object): void {
  world.put('KafkaCluster', 'demo', { config });
}

function dynamic(world: World): Record<string, string> {
  const { 'min.insync.replicas': minimum, ...rest } = Object.fromEntries(world.kafka.cluster.dynamic);
  assert.equal(minimum, '2');
  return rest;
}

function assertUntouched(world: World): void {
  assertReady(world);
  assert.deepEqual(restarts(world), eachOf(world, 0));
}

function stalled(world: World): string {
  const conditions = services(world).flatMap(({ status }) => status?.conditions ?? []);
  return conditions.find(({ type, status }) => type === 'Stalled' && status === 'True')?.message ?? '';
}

/** Set, changed, taken back in part; a stranger has set something meanwhile. */
async function alter(options: OperatorOptions = {}): Promise<Deployed & { start: number }> {
  const { world, operator } = await deploy(combinedKafka, options);
  const start = operator.writes;
  world.kafka.cluster.dynamic.set(throttle, '1000');
  put(world, { 'log.retention.ms': '3600000', 'compression.type': 'zstd' });
  await converge(world, operator);
  assert.deepEqual(dynamic(world), { [throttle]: '1000', 'log.retention.ms': '3600000', 'compression.type': 'zstd' });
  put(world, { 'log.retention.ms': '7200000' });
  await converge(world, operator);
  assert.deepEqual(dynamic(world), { [throttle]: '1000', 'log.retention.ms': '7200000' });
  put(world, {});
  await converge(world, operator);
  assert.deepEqual(dynamic(world), { [throttle]: '1000' });
  assertUntouched(world);
  return { world, operator, start };
}

describe('dynamic configuration', () => {
  it('is set, changed and taken back, with a crash at every second write', async () => {
    const undisturbed = await alter();
    const { world, operator } = undisturbed;
    assert.deepEqual(operator.errors, []);
    await assertIdle(world, operator);
    await crashAtEachWrite(undisturbed, alter, 2);
  });

  it('goes to a distant thread count in steps that Kafka takes, and back', async () => {
    const { world, operator } = await deploy(combinedKafka);
    put(world, { 'num.io.threads': '60' });
    await converge(world, operator);
    assert.deepEqual(dynamic(world), { 'num.io.threads': '60' });
    assertUntouched(world);
    put(world, {});
    await converge(world, operator);
    assert.deepEqual(dynamic(world), {}, statusLine(world));
    assertUntouched(world);
    await assertIdle(world, operator);
  });

  it('that is refused is shown, and changes nothing', async () => {
    const { world, operator } = await deploy(combinedKafka);
    put(world, { 'log.retention.ms': '3600000', 'compression.type': 'nonsense' });
    await converge(world, operator);
    assert.match(stalled(world), /Invalid value nonsense/);
    assert.deepEqual(dynamic(world), {});
    await assertIdle(world, operator);
    put(world, { 'log.retention.ms': '3600000' });
    await converge(world, operator);
    assertUntouched(world);
    assert.deepEqual(dynamic(world), { 'log.retention.ms': '3600000' });
  });

  it('that is refused holds up no restart', async () => {
    const { world, operator } = await deploy(combinedKafka);
    put(world, { 'queued.max.requests': '600', 'compression.type': 'nonsense' });
    await converge(world, operator);
    assert.match(stalled(world), /Invalid value nonsense/);
    assert.deepEqual(world.violations, []);
    assert.deepEqual(restarts(world), eachOf(world, 1));
  });

  it('that somebody else changes is put right', async () => {
    const { world, operator } = await deploy(combinedKafka);
    put(world, { 'log.retention.ms': '3600000' });
    await converge(world, operator);
    world.kafka.cluster.dynamic.set('log.retention.ms', '1');
    world.pass(60_000);
    await converge(world, operator);
    assert.deepEqual(dynamic(world), { 'log.retention.ms': '3600000' });
    assertUntouched(world);
  });
});
