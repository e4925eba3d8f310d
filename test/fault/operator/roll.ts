/** What a rolling change did to the members of the one service of a world. */
import assert from 'node:assert/strict';
import { controllerOf } from '../../../operators/kube/owner.ts';
import { type Pod, pods, statefulSets } from '../../../operators/kube/resource.ts';
import { templateMark } from '../../../operators/workload/members/member-set.ts';
import { isReady } from '../../../operators/workload/members/pod-state.ts';
import type { World } from '../world/world.ts';
import { services } from './converge.ts';
import type { Operator } from './operator.ts';

/** Counts, from now on, how many of those that have served are away at the same time. */
export function watchDown(world: World): { readonly most: number } {
  const ready = new Map(world.server.list(pods).map((pod) => [pod.metadata.name, isReady(pod)]));
  const down = { most: 0 };
  world.server.observers.push(({ resource, before, after }) => {
    const name = (after ?? before)?.metadata.name ?? '';
    if (resource !== pods || !ready.has(name)) return;
    ready.set(name, after !== undefined && isReady(after));
    down.most = Math.max(down.most, [...ready.values()].filter((up) => !up).length);
  });
  return down;
}

/** How often each member came back with another pod. */
export function restarts(world: World): Record<string, number> {
  const uids = new Map<string, Set<string | undefined>>();
  for (const { object } of world.server.history) {
    if (object.kind !== 'Pod') continue;
    const { name, uid } = object.metadata;
    uids.set(name, (uids.get(name) ?? new Set()).add(uid));
  }
  return Object.fromEntries([...uids].map(([name, all]) => [name, all.size - 1]).sort());
}

/** The same number for each member. */
export function eachOf(world: World, count: number): Record<string, number> {
  return Object.fromEntries(Object.keys(restarts(world)).map((name) => [name, count]));
}

export function outdated(world: World): string[] {
  return world.server
    .list(pods)
    .filter((pod) => markOf(world, pod) !== pod.metadata.annotations?.[templateMark])
    .map(({ metadata }) => metadata.name);
}

function markOf(world: World, pod: Pod): string | undefined {
  const set = world.server.list(statefulSets).find(({ metadata }) => metadata.uid === controllerOf(pod)?.uid);
  return set?.spec?.template?.metadata?.annotations?.[templateMark];
}

/** Outcomes of the deploy plan, newest first. */
export function deployments(world: World): string[] {
  const history = services(world).flatMap(({ status }) => status?.history ?? []);
  return history.filter(({ name }) => name === 'deploy').map(({ outcome }) => outcome);
}

export async function assertIdle(world: World, operator: Operator): Promise<void> {
  const { writes } = operator;
  const { version } = world.server;
  for (let round = 0; round < 20; round += 1) {
    await operator.reconcileAll();
    world.pass(1_000);
  }
  assert.deepEqual([operator.writes, world.server.version], [writes, version], 'an idle service is written to');
}

/** Everybody was restarted once, nobody together with another, and all is done. */
export function assertRestarted(world: World, down: { readonly most: number }): void {
  assert.deepEqual(restarts(world), eachOf(world, 1));
  assert.equal(down.most, 1);
  assert.deepEqual(outdated(world), []);
  const plans = services(world).flatMap(({ status }) => status?.plans ?? []);
  assert.deepEqual([...new Set(plans.map(({ status }) => status))], ['Complete']);
}

/** Every step of the restarts, as the plan shows it. */
export function restartSteps(world: World): string[] {
  const plans = services(world).flatMap(({ status }) => status?.plans ?? []);
  const phases = plans.filter(({ name }) => name === 'deploy').flatMap((plan) => plan.phases);
  const steps = phases.filter(({ name }) => name === 'restart').flatMap((phase) => phase.steps);
  return steps.map(({ name, status }) => `${name} ${status}`).sort();
}

/** And the plan is told of once, after the one of the deployment. */
export function assertRolled(world: World, down: { readonly most: number }): void {
  assertRestarted(world, down);
  assert.deepEqual(deployments(world), ['Complete', 'Complete']);
  const members = Object.keys(restarts(world));
  assert.deepEqual(restartSteps(world), members.map((name) => `${name}:[restart] Complete`).sort());
}
