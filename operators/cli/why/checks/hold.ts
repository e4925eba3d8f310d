/** What the user holds back: pauses, maintenance windows, operations that are suspended or keep a member down. */

import { updates } from '../../../../crds/common.ts';
import { listed } from '../../../plan/listed.ts';
import { windowState } from '../../../plan/windows.ts';
import { plansOf, stepsOf } from '../../control.ts';
import type { ServiceOperation } from '../../operations.ts';
import type { Service } from '../../services.ts';
import { type Facts, itemsOf, unreadable } from '../facts.ts';
import { type Finding, fail, orPass, pass, unknown } from '../finding.ts';

export function nothingHeld(facts: Facts): Finding[] {
  const { service, operations } = facts;
  const why = unreadable(operations);
  const unseen = why === undefined ? [] : [unknown('hold', `operations are not to be seen: ${why}`)];
  const found = [
    ...pauses(service),
    ...windows(service, facts.now),
    ...itemsOf(operations).flatMap((operation) => operationHolds(operation, service)),
  ];
  return [...orPass(found, 'hold', 'nothing is paused'), ...unseen];
}

function pauses(service: Service): Finding[] {
  return (service.spec?.control?.paused ?? []).map((entry) => {
    const [plan = '', phase] = entry.split('/');
    if (!hasWork(service, plan, phase)) return pass('hold', `${entry} is paused, and has nothing to do`);
    const words = [service.metadata.name, plan, ...(phase === undefined ? [] : [phase])].join(' ');
    return fail('hold', `${entry} is paused by spec.control.paused`, `kubectl stateward plan resume ${words}`);
  });
}

function hasWork(service: Service, plan: string, phase: string | undefined): boolean {
  const found = plansOf(service).find(({ name }) => name === plan);
  const parts = phase === undefined ? [found] : (found?.phases.filter(({ name }) => name === phase) ?? []);
  return parts.some((part) => part !== undefined && part.status !== 'Complete');
}

/** As the operator begins what it says of a step that waits for a window (operators/workload/reconcile.ts). */
const outside = 'outside the maintenance windows';

function windows(service: Service, now: number): Finding[] {
  const read = updates().safeParse(specOf(service)['updates'] ?? {});
  if (!read.success) return [];
  const state = windowState(read.data.windows, new Date(now));
  if (state.open) return [];
  const opens = state.opensAt === undefined ? 'none ever opens' : `the next opens at ${state.opensAt.toISOString()}`;
  const finding = `${outside} (spec.updates.windows): ${opens}`;
  const held = plansOf(service).filter((plan) => stepsOf(plan).some(({ step }) => step.message?.startsWith(outside)));
  if (held.length === 0) return [pass('hold', `${finding}, and nothing waits for one`)];
  const names = listed(held.map(({ name }) => name));
  return [fail('hold', `${names} waits ${finding}`, 'wait for the window, or change spec.updates.windows')];
}

function specOf({ spec }: Service): Record<string, unknown> {
  return { ...spec };
}

function operationHolds(operation: ServiceOperation, service: Service): Finding[] {
  const { metadata, spec, status } = operation;
  if (status?.finishedAt !== undefined) return [];
  const { type, suspend = false, members = [] } = spec;
  if (suspend) {
    const fix = `kubectl -n ${metadata.namespace} patch serviceoperation ${metadata.name} --type merge -p '{"spec":{"suspend":false}}'`;
    return [fail('hold', `operation ${metadata.name} is suspended by spec.suspend`, fix)];
  }
  if (type !== 'Pause') return [];
  const fix = `kubectl stateward member resume ${service.metadata.name} ${members.join(' ')}`;
  return [fail('hold', `operation ${metadata.name} keeps ${listed(members)} down`, fix)];
}
