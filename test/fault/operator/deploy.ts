/** Deployments with and without faults, and what both should come to. */
import assert from 'node:assert/strict';
import type { Shape } from '../shapes.ts';
import { World, type WorldOptions } from '../world/world.ts';
import { assertReady, converge } from './converge.ts';
import type { FaultPlan } from './faults.ts';
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
export async function reference(
  shape: Shape,
): Promise<{ final: Record<string, unknown> } & Pick<Operator, 'writes' | 'deeds'>> {
  const { world, operator } = await deploy(shape);
  assertReady(world);
  assert.deepEqual(operator.errors, []);
  return { final: finalState(world), writes: operator.writes, deeds: operator.deeds };
}

export function assertSame(world: World, final: Record<string, unknown>): void {
  assertReady(world);
  assert.deepEqual(finalState(world), final);
}

export interface Changed extends Deployed {
  /** How many writes there were before the change. */
  start: number;
}

export interface Change {
  shape: Shape;
  /** What is there already. */
  before?: (world: World) => void;
  change: (world: World) => void;
  /** Time that passes after it, before it has come to its end; milliseconds. */
  passMs?: number | undefined;
}

/** A deployment at rest, a change of it, and rest again. */
export async function changed(
  { shape, before, change, passMs }: Change,
  options: OperatorOptions = {},
): Promise<Changed> {
  const { world, operator } = await deploy(shape, options);
  if (before !== undefined) {
    before(world);
    await converge(world, operator);
  }
  const start = operator.writes;
  change(world);
  await converge(world, operator);
  if (passMs !== undefined) {
    world.pass(passMs);
    await converge(world, operator);
  }
  return { world, operator, start };
}

/**
 * The change comes to what `undisturbed` came to, also if the operator dies at any write of it, or at each so many-th: in
 * turn before and after the answer.
 */
export async function crashAtEachWrite(
  undisturbed: Changed,
  change: (options: OperatorOptions) => Promise<Deployed>,
  stride = 1,
  assertEnd = assertSame,
): Promise<void> {
  const { world, operator, start } = undisturbed;
  const final = finalState(world);
  await forEachWrite(
    operator.writes - start,
    async (number) => {
      const answered = ((number - 1) / stride) % 2 === 1;
      const faults: FaultPlan = (_, write) => (write === start + number ? { kind: 'Crash', answered } : undefined);
      assertEnd((await change({ faults, follows: operator.deeds })).world, final);
    },
    stride,
  );
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
