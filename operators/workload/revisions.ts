/** The configuration history of a service: its last accepted specs, one `ControllerRevision` each. */
import { createHash } from 'node:crypto';
import { canonicalJson, isDeeper, isRecord } from '../kube/json.ts';
import type { ControllerRevision, KubeObject } from '../kube/resource.ts';
import { ownedMeta, productOf, type ServiceIdentity } from './identity.ts';
import { askedMark, generationOf } from './members/member-set.ts';

/** Deeper than any schema lets a spec be. */
const refusedLevels = 100;

/** As many as Deployments and StatefulSets keep. */
const kept = 10;

export interface RevisionChanges {
  /** To be applied: a new revision, or an older one that counts as the newest or is asked for anew from now on. */
  add: KubeObject | undefined;
  /** Names. */
  remove: string[];
}

/**
 * Ten hex digits that stand for a spec: the sha256 of what it says, in whatever order. `control` does not count: to
 * pause a plan is no change of configuration.
 */
export function specRevision(spec: unknown): string {
  // It is refused, and no plan is named after it.
  if (isDeeper(spec, refusedLevels)) return '';
  return createHash('sha256')
    .update(canonicalJson(withoutControl(spec)))
    .digest('hex')
    .slice(0, 10);
}

function withoutControl(spec: unknown): unknown {
  if (!isRecord(spec)) return spec ?? {};
  const { control: _control, ...rest } = spec;
  return rest;
}

/** `asked`: as the pods of this spec carry it. `existing`: any revisions of the namespace, those of others included. */
export function revisionObjects(
  service: ServiceIdentity,
  spec: unknown,
  asked: string,
  existing: readonly ControllerRevision[],
): RevisionChanges {
  const name = `${service.name}-${productOf(service.kind)}-${specRevision(spec)}`;
  const history = ownRevisions(service, existing);
  const [newest] = history;
  const older = history.filter((revision) => revision.metadata.name !== name);
  const remove = namesOf(older.slice(kept - 1));
  const same = newest?.metadata.name === name;
  if (same && askedBy(newest) === asked) return { add: undefined, remove };
  const add: ControllerRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: ownedMeta(service, name, { annotations: { [askedMark]: asked } }),
    data: { spec: withoutControl(spec) },
    revision: same ? newest.revision : (newest?.revision ?? 0) + 1,
  };
  return { add, remove };
}

/** The accepted spec that pods with this mark were made for; undefined if the history does not hold it. */
export function specAsked(
  service: Pick<ServiceIdentity, 'uid'>,
  asked: string,
  existing: readonly ControllerRevision[],
): unknown {
  const found = ownRevisions(service, existing).find((revision) => askedBy(revision) === generationOf(asked));
  return found === undefined ? undefined : specOf(found);
}

function askedBy({ metadata }: ControllerRevision): string | undefined {
  return metadata.annotations?.[askedMark];
}

/**
 * Newest first. By owner, since the revisions that the StatefulSet controller makes carry the labels of its pods, and
 * so those of the service.
 */
export function ownRevisions(
  service: Pick<ServiceIdentity, 'uid'>,
  existing: readonly ControllerRevision[],
): ControllerRevision[] {
  return existing
    .filter(({ metadata }) =>
      metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === service.uid),
    )
    .toSorted((a, b) => b.revision - a.revision || (a.metadata.name < b.metadata.name ? -1 : 1));
}

function namesOf(revisions: ControllerRevision[]): string[] {
  return revisions.map((revision) => revision.metadata.name);
}

/** The spec that a revision holds. */
export function specOf(revision: ControllerRevision): unknown {
  return isRecord(revision.data) ? revision.data['spec'] : undefined;
}
