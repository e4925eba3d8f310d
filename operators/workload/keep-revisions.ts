/** Writes the configuration history of a service, and marks pods that a change of the spec left as they are. */
import { applyIfChanged } from '../kube/apply.ts';
import { controllerRevisions, type Pod, pods } from '../kube/resource.ts';
import { type Facts, serviceIndex, serviceIndexKey } from './facts.ts';
import { fieldManager, type Turn } from './io.ts';
import { askedMark, type MemberGroup, memberNames, templateMark, templateMarks } from './member-set.ts';
import { revisionObjects } from './revisions.ts';

/** The accepted spec becomes the newest of the history. */
export async function keepRevision(spec: unknown, { service }: Facts, turn: Turn): Promise<void> {
  const { api, cache, signal } = turn;
  const key = serviceIndexKey(service.kind, service.namespace, service.name);
  const { add, remove } = revisionObjects(service, spec, cache.by(controllerRevisions, serviceIndex, key));
  if (add !== undefined) await applyIfChanged(api, cache, controllerRevisions, add, { manager: fieldManager, signal });
  for (const name of remove) {
    const ref = { namespace: service.namespace, name };
    const uid = cache.get(controllerRevisions, ref)?.metadata.uid ?? '';
    await api.remove(controllerRevisions, ref, { preconditions: { uid }, propagation: 'Background', signal });
  }
}

/**
 * A change of the spec that leaves the template of a group as it is takes the pods along: what they differ in later is
 * the operator's doing alone, also where they differ already. To be done before the template is applied.
 */
export async function markUnchanged(groups: readonly MemberGroup[], facts: Facts, turn: Turn): Promise<void> {
  for (const group of groups) {
    const set = facts.sets.find(({ metadata }) => metadata.name === group.name);
    const live = set?.spec?.template?.metadata?.annotations ?? {};
    const wanted = templateMarks(group);
    if (live[templateMark] !== wanted[templateMark] || live[askedMark] === group.asked) continue;
    const names = memberNames(group);
    const marked = facts.pods.filter(({ metadata }) => metadata.annotations?.[askedMark] === live[askedMark]);
    for (const pod of marked) if (names.includes(pod.metadata.name)) await mark(pod, group.asked, turn);
  }
}

async function mark({ metadata }: Pod, asked: string, turn: Turn): Promise<void> {
  const { name, namespace = '', uid } = metadata;
  if (metadata.deletionTimestamp !== undefined) return;
  await turn.api.patch(
    pods,
    { namespace, name },
    { metadata: { uid, annotations: { [askedMark]: asked } } },
    {
      signal: turn.signal,
    },
  );
}
