/** Do the pods exist? The StatefulSet controller says only by an event why it cannot make one. */
import { compareQuantities } from '../../../kube/quantity.ts';
import { counted } from '../../../plan/listed.ts';
import {
  type EventObject,
  eventsOf,
  type Facts,
  itemsOf,
  type MemberFacts,
  type ResourceQuota,
  unreadable,
} from '../facts.ts';
import { type Finding, fail, orPass, unknown } from '../finding.ts';

export function podsExist(facts: Facts): Finding[] {
  const why = unreadable(facts.sets, facts.pods);
  if (why !== undefined) return [unknown('pods', `pods are not to be seen: ${why}`)];
  if (facts.members.length === 0)
    return [unknown('pods', 'the service has no members yet: see the checks operator and spec')];
  const found = facts.members.flatMap((member) => (member.pod === undefined ? [missing(member, facts)] : []));
  return orPass(found, 'pods', `${counted(facts.members.length, 'pod')} there${usedUp(itemsOf(facts.quotas))}`);
}

/** Not in the way of what runs, but of the next pod. */
function usedUp(quotas: readonly ResourceQuota[]): string {
  const full = quotas.flatMap(({ metadata, status }) => {
    const { hard = {}, used = {} } = status ?? {};
    const ends = Object.keys(hard).filter(
      (name) => (compareQuantities(used[name] ?? '0', hard[name] ?? '0') ?? -1) >= 0,
    );
    return ends.map((name) => `${name} of ResourceQuota ${metadata.name} (${used[name]} of ${hard[name]})`);
  });
  return full.length === 0 ? '' : `; nothing is left of ${full.join(', ')}`;
}

function missing({ name, set }: MemberFacts, facts: Facts): Finding {
  if (set === undefined)
    return fail('pods', `${name} has no pod and no StatefulSet`, 'see the checks operator, spec and plan');
  const setName = set.metadata.name;
  const event = eventsOf(facts, 'StatefulSet', setName, ['FailedCreate']).find(({ note }) => names(note ?? '', name));
  if (event !== undefined) return refused(name, event);
  const unread = unreadable(facts.events);
  const silence =
    unread === undefined ? `no event of StatefulSet ${setName} says why (events are kept for an hour)` : unread;
  return unknown('pods', `${name} has no pod; ${silence}`);
}

/** `demo-1` is not named by `demo-10`. */
function names(note: string, member: string): boolean {
  return note.split(/[^-.a-z0-9]+/).includes(member);
}

function refused(name: string, { note = '' }: EventObject): Finding {
  const reason = note.replace(/^.*? failed error: /s, '');
  return fail('pods', `${name} cannot be made: ${reason}`, fixOf(reason));
}

const fixes: readonly [RegExp, (match: RegExpExecArray) => string][] = [
  [/exceeded quota: ([^,\s]+)/, ([, quota]) => `raise ResourceQuota ${quota}, or remove something else that it counts`],
  [/failed quota: ([^:\s]+)/, ([, quota]) => `ResourceQuota ${quota} demands requests or limits: set them in the spec`],
  [
    /violates PodSecurity/,
    () => 'let the namespace enforce at most the restricted Pod Security Standard, which members keep',
  ],
  [/(minimum|maximum) \S+ usage per/, () => 'change resources in the spec, or the LimitRange of the namespace'],
  [
    /admission webhook "([^"]+)"/,
    ([, webhook]) => `see what the webhook ${webhook} demands, or exempt this namespace from it`,
  ],
];

function fixOf(reason: string): string {
  for (const [pattern, fix] of fixes) {
    const match = pattern.exec(reason);
    if (match !== null) return fix(match);
  }
  return 'remove the cause; the pod is then made without further ado';
}
