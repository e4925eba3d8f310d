/** What the plans do and wait for, and what the operator warns of. */

import type { PlanStatus, StepStatus } from '../../../../crds/status.ts';
import { counted, listed } from '../../../plan/listed.ts';
import { briefly } from '../../../plan/tree.ts';
import { type PlacedStep, plansOf, stepsOf } from '../../control.ts';
import type { Facts } from '../facts.ts';
import { type Finding, fail, orPass, pass } from '../finding.ts';

export function plansMove({ service, now }: Facts): Finding[] {
  const plans = plansOf(service);
  const found = [...plans.flatMap((plan) => planFindings(plan, now)), ...warnings(service)];
  return orPass(found, 'plan', quiet(plans));
}

/** What a user holds back: the check `hold` says who and how to end it. */
const ofHold = /^(paused|suspended|outside the maintenance windows)/;

function quiet(plans: readonly PlanStatus[]): string {
  const open = plans.filter(({ status }) => status !== 'Complete').map(({ name }) => name);
  if (open.length > 0) return `${listed(open)} waits for nothing else: see the check hold`;
  return plans.length === 0 ? 'there is no plan yet' : `${counted(plans.length, 'plan')} complete`;
}

function planFindings(plan: PlanStatus, now: number): Finding[] {
  if (plan.status === 'Complete') return [];
  const steps = stepsOf(plan);
  const failed = steps.filter(({ step }) => step.status === 'Error');
  const waiting = steps.filter(({ step }) => step.status === 'Waiting' && !ofHold.test(step.message ?? ''));
  const moving = steps.filter(({ step }) => step.status === 'Starting' || step.status === 'InProgress');
  return [
    ...failed.map((placed) =>
      fail('plan', said(placed, now), 'correct the spec: a new one takes the place of this plan'),
    ),
    ...waiting.map((placed) => fail('plan', said(placed, now), 'it goes on by itself as soon as that is so')),
    ...moving.map((placed) => pass('plan', said(placed, now))),
  ];
}

function said({ plan, phase, step }: PlacedStep, now: number): string {
  return `${plan.name}/${phase}/${step.name} is ${step.status}${sinceOf(step, now)}${step.message === undefined ? '' : `: ${step.message}`}`;
}

function sinceOf({ since }: StepStatus, now: number): string {
  const time = Date.parse(since ?? '');
  return Number.isNaN(time) ? '' : ` for ${briefly(now - time)}`;
}

/** Said whatever the plans do. */
const warningFixes: Readonly<Record<string, (service: string) => string>> = {
  DataAtRisk: () => 'bring the missing members back before anything else goes down',
  CertificatesAtRisk: () =>
    'see to it before the end that it names: whoever relies on these certificates is refused from then on',
  PlacementDrift: () => 'correct spec.placement, or replace the members that it names one by one',
  RestartRequired: (service) => `kubectl stateward service restart ${service}, when it suits`,
};

function warnings(service: Facts['service']): Finding[] {
  return (service.status?.conditions ?? []).flatMap(({ type, status, message }) => {
    const fix = warningFixes[type];
    return status === 'True' && fix !== undefined
      ? [fail('plan', `${type}: ${message}`, fix(service.metadata.name))]
      : [];
  });
}
