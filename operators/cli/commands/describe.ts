/** `describe`: everything known of one service. */
import { stringify } from 'yaml';
import type { Condition, PlanStatus, RetainedVolume } from '../../../crds/status.ts';
import { briefly, planTreeAt } from '../../plan/tree.ts';
import { type Command, type Context, exit } from '../command.ts';
import { controlOf } from '../control.ts';
import { conditionOf } from '../health.ts';
import { output } from '../options.ts';
import { namespaceOf, type Service, withService } from '../services.ts';
import { showEndpoints } from './endpoints.ts';
import { ageOf } from './list.ts';
import { showMembers } from './members.ts';

export const describeService: Command = {
  name: 'describe',
  usage: 'SERVICE',
  summary: 'Show everything of a service: conditions, members, plans, endpoints, and its spec with the defaults',
  options: output,
  run: (context, { positionals: [service] }) =>
    withService(context, service, async (found) => {
      context.out.show(found, () => describeAll(context, found));
      return exit.ok;
    }),
};

function describeAll(context: Context, service: Service): void {
  const { out } = context;
  const { conditions = [], plans = [], endpoints = [], retainedVolumes = [] } = service.status ?? {};
  for (const [name, value] of head(service, context.clock.now())) out.line(`${`${name}:`.padEnd(12)}${value}`);
  const section = (title: string, isThere: boolean, show: () => void): void => {
    if (!isThere) return;
    out.line(`\n${title}:`);
    show();
  };
  section('Conditions', conditions.length > 0, () => showConditions(context, conditions));
  section('Members', true, () => showMembers(context, service));
  section('Plans', plans.length > 0, () => showPlans(context, plans));
  section('Endpoints', endpoints.length > 0, () => showEndpoints(context, service));
  section('Retained volumes', retainedVolumes.length > 0, () => showRetained(context, retainedVolumes));
  section('Spec', true, () => out.line(stringify(service.spec ?? {}, { lineWidth: 0 }).trimEnd()));
}

function head(service: Service, now: number): [string, string][] {
  const { kind, metadata, status } = service;
  const { paused = [] } = controlOf(service);
  return [
    ['Name', metadata.name],
    ['Namespace', namespaceOf(service)],
    ['Kind', kind],
    ['Ready', conditionOf(service, 'Ready')?.status ?? 'Unknown'],
    ['Version', status?.version ?? '-'],
    ['Members', status?.memberSummary ?? '-'],
    ['Plan', status?.planSummary ?? '-'],
    ...(paused.length === 0 ? [] : [['Paused', paused.join(', ')] satisfies [string, string]]),
    ['Age', ageOf(service, now)],
  ];
}

function showConditions({ out, clock }: Context, conditions: readonly Condition[]): void {
  const rows = conditions.map(({ type, status, lastTransitionTime, reason, message }) => [
    type,
    status,
    briefly(clock.now() - Date.parse(lastTransitionTime)),
    reason,
    message,
  ]);
  out.table(['TYPE', 'STATUS', 'SINCE', 'REASON', 'MESSAGE'], rows);
}

function showPlans({ out, clock }: Context, plans: readonly PlanStatus[]): void {
  out.line(plans.map((plan) => planTreeAt(plan, clock.now())).join('\n\n'));
}

function showRetained({ out }: Context, volumes: readonly RetainedVolume[]): void {
  const rows = volumes.map(({ claim, member = '', size = '', ownerUid }) => [claim, member, size, ownerUid]);
  out.table(['CLAIM', 'MEMBER', 'SIZE', 'OWNER'], rows);
}
