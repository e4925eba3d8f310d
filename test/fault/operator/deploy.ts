/** Deployments with and without faults, and what both should come to. */
import assert from 'node:assert/strict';
import type { Shape } from '../shapes.ts';
import { World, type WorldOptions } from '../world/world.ts';
import { assertReady, converge } from './converge.ts';
import { finalState } from './final-state.ts';
import { Operator, type OperatorOptions } from './operator.ts';

export interface Deployed {
  world: World;
  operator: Operator;
}

export async function deploy(shape: Shape, options: OperatorOptions = {}, of: WorldOptions = {}): Promise<Deployed> {
  const world = new World(of);
  shape.apply(world);
  const operator = new Operator(world, options);
  await converge(world, operator);
  return { world, operator };
}

/** What an undisturbed deployment comes to, and with how many writes. */
export async function reference(shape: Shape): Promise<{ final: Record<string, unknown>; writes: number }> {
  const { world, operator } = await deploy(shape);
  assertReady(world);
  assert.deepEqual(operator.errors, []);
  return { final: finalState(world), writes: operator.writes };
}

export function assertSame(world: World, final: Record<string, unknown>): void {
  assertReady(world);
  assert.deepEqual(finalState(world), final);
}

/** Runs the case for each number, or for each so many-th, and tells all that failed, with the first failure in full. */
export async function forEachWrite(
  writes: number,
  attempt: (write: number) => Promise<void>,
  stride = 1,
): Promise<void> {
  assert.ok(writes > 5, `a change of ${writes} writes proves nothing`);
  const failures: { write: number; error: unknown }[] = [];
  for (let write = 1; write <= writes; write += stride) {
    await attempt(write).catch((error: unknown) => failures.push({ write, error }));
  }
  const [first] = failures;
  if (first === undefined) return;
  const numbers = failures.map(({ write }) => write).join(', ');
  throw new Error(`after write ${numbers} of ${writes}: ${String(first.error)}`, { cause: first.error });
}
