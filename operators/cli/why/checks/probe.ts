/** Do the members that run serve, as their peers see them? */

import { counted } from '../../../plan/listed.ts';
import { briefly } from '../../../plan/tree.ts';
import { type PodReport, reportPod } from '../../../workload/members/pod-state.ts';
import { eventsOf, type Facts, type MemberFacts } from '../facts.ts';
import { type Finding, fail, orPass, pass } from '../finding.ts';

/** Another check says more of these. */
const elsewhere: readonly PodReport['state'][] = [
  'Absent',
  'Unschedulable',
  'Pending',
  'ImageError',
  'ContainerError',
  'Crashing',
];

export function membersServe(facts: Facts): Finding[] {
  const reports = facts.members.map((member) => ({ member, report: reportPod(member.pod, member.claims) }));
  const looked = reports.filter(({ report }) => !elsewhere.includes(report.state));
  if (looked.length === 0) return [];
  const found = looked.flatMap(({ member, report }) => unready(member, report, facts));
  return orPass(found, 'readiness', `${counted(looked.length, 'member')} ready`);
}

function unready(member: MemberFacts, { state, message }: PodReport, facts: Facts): Finding[] {
  const { name, status } = member;
  if (state === 'Ready') return status === undefined || status.ready ? [] : [unheard(name, status.message)];
  if (state === 'Terminating') return [stopping(member, facts)];
  const long = sinceReady(member, facts.now);
  const said = probeSaid(name, facts) ?? status?.message ?? message;
  const fix = `a start may take minutes; what it does: kubectl stateward logs ${facts.service.metadata.name} ${name} -f`;
  return [fail('readiness', `${name} is not ready${long}: ${said}`, fix)];
}

/** The pod is ready, and the operator has not written so yet or knows better. */
function unheard(name: string, message: string | undefined): Finding {
  const why = message === undefined ? '' : `: ${message}`;
  return fail(
    'readiness',
    `${name} is ready by its probe, and not by the operator${why}`,
    'wait; if it stays so, see the check operator',
  );
}

function sinceReady({ pod }: MemberFacts, now: number): string {
  const condition = pod?.status?.conditions?.find(({ type }) => type === 'Ready');
  const since = Date.parse(condition?.lastTransitionTime ?? '');
  return Number.isNaN(since) ? '' : ` for ${briefly(now - since)}`;
}

function probeSaid(name: string, facts: Facts): string | undefined {
  const [event] = eventsOf(facts, 'Pod', name, ['Unhealthy']);
  return event?.note?.split('\n')[0];
}

function stopping({ name, pod }: MemberFacts, { now }: Facts): Finding {
  const end = Date.parse(pod?.metadata.deletionTimestamp ?? '');
  const overdue = now - end;
  if (!(overdue > 60_000)) return pass('readiness', `${name} is stopping`);
  const fix = `see the node ${pod?.spec?.nodeName ?? ''}: a pod goes only when its kubelet says so`;
  return fail('readiness', `${name} should have stopped ${briefly(overdue)} ago`, fix);
}
