/** Writes the configuration history of a service, and marks pods that a change of the spec left as they are. */
import { applyIfChanged } from '../kube/apply.ts';
import { type ControllerRevision, controllerRevisions, type Pod } from '../kube/resource.ts';
import { type Facts, serviceIndex, serviceIndexKey } from './facts.ts';
import { annotatePod, fieldManager, type Turn } from './io.ts';
import { askedMark, keptIn, type MemberGroup, memberNames, templateMark, templateMarks } from './members/member-set.ts';
import type { ServiceModel } from './product.ts';
import type { Parsed } from './rejection.ts';
import { revisionObjects, specAsked } from './revisions.ts';

/** The accepted spec becomes the newest of the history, with the generation that pods made for it carry. */
export async function keepRevision(spec: unknown, facts: Facts, turn: Turn): Promise<void> {
  const { service, generation } = facts;
  const { api, cache, signal } = turn;
  const { add, remove } = revisionObjects(service, spec, String(generation), historyOf(facts, turn));
  if (add !== undefined) await applyIfChanged(api, cache, controllerRevisions, add, { manager: fieldManager, signal });
  for (const name of remove) {
    const ref = { namespace: service.namespace, name };
    const uid = cache.get(controllerRevisions, ref)?.metadata.uid ?? '';
    await api.remove(controllerRevisions, ref, { preconditions: { uid }, propagation: 'Background', signal });
  }
}

function historyOf({ service }: Facts, { cache }: Turn): ControllerRevision[] {
  return cache.by(controllerRevisions, serviceIndex, serviceIndexKey(service.kind, service.namespace, service.name));
}

type Groups = readonly MemberGroup[];

/**
 * A change of the spec that leaves the template of a group as it is takes the pods along: what they differ in later is
 * the operator's doing alone, also where they differ already. To be done when the template has been applied, since
 * nobody knows later what a refused spec said, and before this spec is kept; `facts` are from before both. A pod whose
 * own spec is not known any more stays behind, and restarts: a wish that never reaches it would be worse.
 */
export async function markUnchanged(
  groups: Groups,
  facts: Facts,
  turn: Turn,
  parse: (spec: unknown) => Parsed<Pick<ServiceModel, 'groups'>>,
): Promise<void> {
  for (const [asked, made] of Map.groupBy(facts.pods, ({ metadata }) => metadata.annotations?.[askedMark])) {
    const behind = groups.filter((group) => group.asked !== asked && madeFor(group, made).length > 0);
    if (asked === undefined || behind.length === 0) continue;
    const spec = specAsked(facts.service, asked, historyOf(facts, turn));
    const parsed = spec === undefined ? undefined : parse(spec);
    const before = parsed?.ok === true ? parsed.model.groups : [];
    const unchanged = behind.filter((group) => isUnchanged(group, asked, before, facts));
    for (const group of unchanged) await markMembers(group, made, turn);
  }
}

/**
 * What was asked for before would come to the same template: it is the one that is applied, or this operator makes the
 * same of both specs. An operator that is new cannot tell from what an older one has applied.
 */
function isUnchanged(group: MemberGroup, asked: string, before: Groups, { sets }: Facts): boolean {
  const wanted = templateMarks(group)[templateMark];
  const set = sets.find(({ metadata }) => metadata.name === group.name);
  const live = set?.spec?.template?.metadata?.annotations ?? {};
  if (live[askedMark] === asked && live[templateMark] === wanted) return true;
  const former = before.find(({ name }) => name === group.name);
  if (former === undefined || keptIn(former.asked) !== keptIn(asked)) return false;
  return templateMarks(former)[templateMark] === wanted;
}

async function markMembers(group: MemberGroup, made: Pod[], turn: Turn): Promise<void> {
  for (const pod of madeFor(group, made)) await mark(pod, group.asked, turn);
}

function madeFor(group: MemberGroup, made: Pod[]): Pod[] {
  const names = memberNames(group);
  return made.filter(({ metadata }) => names.includes(metadata.name));
}

async function mark({ metadata }: Pod, asked: string, turn: Turn): Promise<void> {
  const { name, namespace = '', uid = '' } = metadata;
  if (metadata.deletionTimestamp !== undefined) return;
  await annotatePod({ pod: name, uid }, { [askedMark]: asked }, namespace, turn);
}
