/** Lets operators and world take turns until nothing moves any more. */
import assert from 'node:assert/strict';
import { cassandraResource } from '../../../operators/cassandra/index.ts';
import { kafkaResource } from '../../../operators/kafka/index.ts';
import type { World } from '../world/world.ts';
import type { Operator } from './operator.ts';

/** Quiet for longer than the operator ever waits before it looks again. */
const quietRounds = 8;
const quietRoundMs = 5_000;
const roundMs = 1_000;
const mostRounds = 400;

/** One turn of everybody. */
export async function turn(world: World, ...operators: Operator[]): Promise<void> {
  for (const operator of operators) await operator.round();
  world.step();
  world.pass(roundMs);
}

export async function turns(count: number, world: World, ...operators: Operator[]): Promise<void> {
  for (let done = 0; done < count; done += 1) await turn(world, ...operators);
}

export async function converge(world: World, ...operators: Operator[]): Promise<void> {
  let quiet = 0;
  for (let round = 0; round < mostRounds; round += 1) {
    const before = progress(world, operators);
    await turn(world, ...operators);
    quiet = progress(world, operators) === before ? quiet + 1 : 0;
    if (quiet >= quietRounds) return;
    if (quiet > 0) world.pass(quietRoundMs - roundMs);
  }
  const recent = world.server.history
    .slice(-12)
    .map(({ type, object }) => `${type} ${object.kind} ${object.metadata.name}`);
  assert.fail(`never at rest: ${recent.join(', ')}; ${statusLine(world)}`);
}

/** Who fails tries again, and is not at rest. */
function progress(world: World, operators: Operator[]): number {
  return operators.reduce((sum, { errors }) => sum + errors.length, world.server.version);
}

/** For messages: what each service says of itself. */
export function statusLine(world: World): string {
  return services(world)
    .map(({ metadata, status }) => {
      const conditions = (status?.conditions ?? []).map(({ type, status: is, message }) => `${type}=${is}: ${message}`);
      return `${metadata.name}: ${status?.planSummary} ${conditions.join(' | ')}`;
    })
    .join('\n');
}

export function services(world: World) {
  return [...world.server.list(kafkaResource), ...world.server.list(cassandraResource)];
}

export function assertReady(world: World): void {
  assert.deepEqual(world.violations, []);
  for (const service of services(world)) {
    const ready = service.status?.conditions?.find(({ type }) => type === 'Ready');
    assert.equal(ready?.status, 'True', statusLine(world));
    assert.equal(service.status?.observedGeneration, service.metadata.generation);
  }
}
