/** Pure: what a spec would do to each member of a service, by the same functions that its operator uses. */
import { cassandraProduct } from '../../cassandra/index.ts';
import { kafkaProduct } from '../../kafka/index.ts';
import { canonicalJson, isRecord } from '../../kube/json.ts';
import { listed } from '../../plan/listed.ts';
import { windowProblems } from '../../plan/windows.ts';
import { Identities } from '../../workload/certificates/access.ts';
import type { Facts } from '../../workload/facts.ts';
import type { ServiceKind } from '../../workload/identity.ts';
import { type MemberGroup, memberNames, templateMark, templateMarks } from '../../workload/members/member-set.ts';
import { preflight } from '../../workload/preflight.ts';
import type { ServiceModel } from '../../workload/product.ts';
import type { Parsed } from '../../workload/rejection.ts';
import { isResizable } from '../../workload/resize.ts';
import type { Preview, PreviewRow } from '../commands/dry-run.ts';

/** The same on both sides of the comparison, so that only what the specs say differs. */
const settings = {
  clusterDomain: 'cluster.local',
  operatorNamespace: 'stateward-system',
  kafkaImage: 'kafka',
  cassandraImage: 'cassandra',
  agentsImage: 'agents',
};

export interface PreviewInput {
  kind: ServiceKind;
  spec: unknown;
  /** The spec that is in force; undefined for a service that does not exist yet. */
  present: unknown;
  facts: Facts;
}

export function previewSpec({ kind, spec, present, facts }: PreviewInput): Preview {
  const wanted = parse(kind, spec, facts);
  if (!wanted.ok) return { kind: 'Refused', problems: wanted.rejections.map(({ message }) => message) };
  const problems = [
    ...windowProblems(wanted.model.updates.windows),
    ...preflight(wanted.model, facts).map(({ message }) => message),
  ];
  if (problems.length > 0) return { kind: 'Refused', problems };
  const before = present === undefined ? undefined : parse(kind, present, facts);
  const groups = before?.ok === true ? before.model.groups : [];
  const why = changedFields(present, spec);
  const { deletionPolicy } = wanted.model;
  const rows = wanted.model.groups.flatMap((group) => groupRows(group, groups, { why, deletionPolicy }));
  return { kind: 'Changes', rows };
}

function parse(kind: ServiceKind, spec: unknown, facts: Facts): Parsed<ServiceModel> {
  const never = (): never => {
    throw new Error('a preview asks no member');
  };
  const nobody = new Identities({ createAuthority: never, issueLeaf: never });
  switch (kind) {
    case 'KafkaCluster':
      return kafkaProduct(settings, never, nobody).parse(spec, facts);
    case 'CassandraCluster':
      return cassandraProduct(settings, never, nobody).parse(spec, facts);
    default:
      return kind satisfies never;
  }
}

interface Cause {
  /** What differs. */
  why: string;
  deletionPolicy: ServiceModel['deletionPolicy'];
}

function groupRows(group: MemberGroup, before: readonly MemberGroup[], { why, deletionPolicy }: Cause): PreviewRow[] {
  const old = before.find(({ name }) => name === group.name);
  const known = new Set(old === undefined ? [] : memberNames(old));
  const effect = old === undefined ? 'create' : laterToo(group, old, groupEffect(group, old, why));
  return memberNames(group).map((member, index) => {
    if (index >= group.replicas) return { member, effect: 'leave', why: leaving(deletionPolicy) };
    return known.has(member) ? { member, ...effectOf(effect) } : { member, effect: 'create', why: 'is not there yet' };
  });
}

function leaving(deletionPolicy: ServiceModel['deletionPolicy']): string {
  const volumes = deletionPolicy === 'Delete' ? 'are deleted then (spec.deletionPolicy)' : 'are kept';
  return `hands over what it has; its volumes ${volumes}`;
}

type Effect = 'create' | Omit<PreviewRow, 'member'>;

function effectOf(effect: Effect): Omit<PreviewRow, 'member'> {
  return effect === 'create' ? { effect, why: 'is not there yet' } : effect;
}

/** What is kept for now goes by another restart. */
function laterToo({ keeps = [] }: MemberGroup, old: MemberGroup, effect: Effect): Effect {
  const more = keeps.filter((kept) => old.keeps?.includes(kept) !== true);
  if (effect === 'create' || more.length === 0) return effect;
  const what = `keeps ${listed(more)} until clients have moved, then restarts without`;
  return { effect: effect.effect === 'restart' ? 'restart' : 'restart later', why: `${effect.why}; ${what}` };
}

function groupEffect(group: MemberGroup, old: MemberGroup, why: string): Effect {
  if (templateMarks(group)[templateMark] !== templateMarks(old)[templateMark]) {
    if (!isResizable(old, group)) return { effect: 'restart', why };
    return { effect: 'resize', why: `${why}, while it runs if its node can` };
  }
  const grown = group.claims.filter(({ name, size }) =>
    old.claims.some((claim) => claim.name === name && claim.size !== size),
  );
  const [volume] = grown;
  if (volume !== undefined) return { effect: 'grow volume', why: `${volume.name} to ${volume.size}, while it runs` };
  return why === '' ? { effect: 'nothing', why: '' } : { effect: 'no restart', why };
}

/** Paths of what differs, at most five. */
function changedFields(present: unknown, spec: unknown): string {
  const paths = differences(withConfig(present), withConfig(spec), 'spec');
  return listed(paths);
}

function withConfig(spec: unknown): unknown {
  return isRecord(spec) ? { ...spec, config: spec['config'] ?? {} } : { config: {} };
}

/** Of what the new spec says, and of settings: other things that it leaves out have defaults, which the stored one has. */
function differences(one: unknown, other: unknown, path: string): string[] {
  if (canonicalJson(one ?? null) === canonicalJson(other ?? null)) return [];
  if (!isRecord(one) || !isRecord(other)) return [path];
  const keys = path === 'spec.config' ? { ...one, ...other } : other;
  return Object.keys(keys).flatMap((key) => differences(one[key], other[key], `${path}.${key}`));
}
