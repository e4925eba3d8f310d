/** What stands against a spec in the cluster as it is, found before anything is touched. */
import { z } from 'zod';

import type { PersistentVolumeClaim } from '../kube/resource.ts';
import { bytesOf, mebibyte } from './bytes.ts';
import type { Facts } from './facts.ts';
import { keys } from './identity.ts';
import { type ClaimTemplate, type MemberGroup, memberNames } from './members/member-set.ts';
import { type Rejection, reject } from './rejection.ts';

/** StatefulSets label their pods with `<name>-<10 characters>`, and label values end at 63. */
const longestSetName = 52;

export interface Volumes {
  groups: MemberGroup[];
  adoptVolumesFrom: string | undefined;
}

/** A chain of pure checks; every complaint is returned, so that one correction can settle them all. */
export function preflight(volumes: Volumes, facts: Facts): Rejection[] {
  const { groups } = volumes;
  return [
    ...groups.flatMap(checkName),
    ...groups.flatMap(checkAffinity),
    ...groups.flatMap((group) => checkClasses(group, facts)),
    ...groups.flatMap(checkSizes),
    ...groups.flatMap((group) => checkStorageClasses(group, facts)),
    ...groups.flatMap((group) => checkStorageChanges(group, facts)),
    ...groups.flatMap((group) => checkVolumesStay(group, facts)),
    ...checkRetained(volumes, facts),
  ];
}

function checkName(group: MemberGroup): Rejection[] {
  const last = memberNames(group).at(-1) ?? group.name;
  if (group.name.length <= longestSetName && last.length <= 63) return [];
  const message = `the name ${group.name} is longer than ${longestSetName} characters; shorten the object's name or that of ${group.group}`;
  return [reject('NameTooLong', message)];
}

/** Without them no pod is even made, and only an event of the StatefulSet would say so. */
function checkClasses(group: MemberGroup, facts: Facts): Rejection[] {
  const { priorityClassName, runtimeClassName } = group.placement;
  return [
    ...checkClass(group, 'PriorityClass', priorityClassName, facts.priorityClasses),
    ...checkClass(group, 'RuntimeClass', runtimeClassName, facts.runtimeClasses),
  ];
}

function checkClass(group: MemberGroup, kind: string, name: string | undefined, present: string[]): Rejection[] {
  if (name === undefined || present.includes(name)) return [];
  const message = `${group.group}: placement asks for ${kind} ${name}, which does not exist; create it or correct the name`;
  return [reject('PlacementUnsatisfiable', message)];
}

/** The schema keeps affinity as it is; what is merged with it must at least have its shape. */
const affinityShape = z.looseObject({
  nodeAffinity: z
    .looseObject({
      requiredDuringSchedulingIgnoredDuringExecution: z
        .looseObject({
          nodeSelectorTerms: z.array(
            z.looseObject({
              matchExpressions: z.array(z.looseObject({})).optional(),
              matchFields: z.array(z.looseObject({})).optional(),
            }),
          ),
        })
        .optional(),
      preferredDuringSchedulingIgnoredDuringExecution: z.array(z.looseObject({})).optional(),
    })
    .optional(),
  podAntiAffinity: z
    .looseObject({ requiredDuringSchedulingIgnoredDuringExecution: z.array(z.looseObject({})).optional() })
    .optional(),
});

function checkAffinity(group: MemberGroup): Rejection[] {
  const parsed = affinityShape.optional().safeParse(group.placement.affinity);
  if (parsed.success) return [];
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  return [reject('InvalidSpec', `${group.group}: placement.affinity is not that of a pod: ${problems}`)];
}

/** Kubernetes takes any template of a claim, and then makes no claim of it. */
function checkSizes(group: MemberGroup): Rejection[] {
  return group.claims.flatMap(({ name, size }) => {
    if (bytesOf(size) >= mebibyte) return [];
    const message = `${group.group}, volume ${name}: a size of ${size} holds nothing; write one such as 20Gi`;
    return [reject('InvalidSpec', message)];
  });
}

function checkStorageClasses(group: MemberGroup, facts: Facts): Rejection[] {
  return group.claims.flatMap((claim) => {
    if (claim.storageClassName === undefined) return checkDefaultClass(group, claim, facts);
    if (facts.storageClasses.some((candidate) => candidate.metadata.name === claim.storageClassName)) return [];
    const message = `${group.group}, volume ${claim.name}: there is no StorageClass ${claim.storageClassName}; ${classes(facts)}`;
    return [reject('StorageClassNotFound', message)];
  });
}

function checkDefaultClass(group: MemberGroup, claim: ClaimTemplate, facts: Facts): Rejection[] {
  const isDefault = 'storageclass.kubernetes.io/is-default-class';
  const hasDefault = facts.storageClasses.some((item) => item.metadata.annotations?.[isDefault] === 'true');
  if (hasDefault || facts.claims.some((live) => live.metadata.name.startsWith(`${claim.name}-${group.name}-`)))
    return [];
  const message = `${group.group}, volume ${claim.name}: no storageClassName is given and the cluster has no default StorageClass; ${classes(facts)}`;
  return [reject('StorageClassNotFound', message)];
}

function classes(facts: Facts): string {
  const names = facts.storageClasses.map((item) => item.metadata.name).sort();
  return names.length === 0 ? 'the cluster has none' : `the cluster has ${names.join(', ')}`;
}

/** Live claims of each of the group's templates, whether their member exists or not. */
function liveClaims(group: MemberGroup, facts: Facts): { claim: PersistentVolumeClaim; template: ClaimTemplate }[] {
  const names = memberNames(group);
  return group.claims.flatMap((template) =>
    facts.claims
      .filter((claim) => names.some((name) => claim.metadata.name === `${template.name}-${name}`))
      .map((claim) => ({ claim, template })),
  );
}

/** Only volumes that exist are protected: a claim that never got one is made anew. */
function checkStorageChanges(group: MemberGroup, facts: Facts): Rejection[] {
  return liveClaims(group, facts).flatMap(({ claim, template }) => {
    if (claim.status?.phase !== 'Bound') return [];
    const requested = claim.spec?.resources?.requests?.['storage'] ?? template.size;
    const { storageClassName } = claim.spec ?? {};
    if (bytesOf(template.size) < bytesOf(requested)) {
      const message = `volume ${claim.metadata.name} has ${requested} and cannot shrink to ${template.size}; set the size back to ${requested}`;
      return [reject('StorageChangeRefused', message)];
    }
    if (template.storageClassName === undefined || template.storageClassName === storageClassName) {
      return growth(claim, template, facts);
    }
    const message = `volume ${claim.metadata.name} is of StorageClass ${storageClassName} and cannot change to ${template.storageClassName}; set storageClassName back`;
    return [reject('StorageChangeRefused', message)];
  });
}

function growth(claim: PersistentVolumeClaim, template: ClaimTemplate, facts: Facts): Rejection[] {
  const requested = claim.spec?.resources?.requests?.['storage'] ?? template.size;
  if (bytesOf(template.size) <= bytesOf(requested)) return [];
  const name = claim.spec?.storageClassName;
  const storageClass = facts.storageClasses.find((candidate) => candidate.metadata.name === name);
  if (storageClass?.['allowVolumeExpansion'] === true) return [];
  const message = `volume ${claim.metadata.name} cannot grow: StorageClass ${name} does not allow expansion; set the size back to ${requested}`;
  return [reject('StorageChangeRefused', message)];
}

/** A volume that a member uses cannot be left out: what it holds would be lost. */
function checkVolumesStay(group: MemberGroup, facts: Facts): Rejection[] {
  const kept = group.claims.map((template) => template.name);
  return facts.claims.flatMap((claim) => {
    const { labels = {}, name } = claim.metadata;
    const volume = labels[keys.volume] ?? '';
    if (labels[keys.group] !== group.group || claim.status?.phase !== 'Bound' || kept.includes(volume)) return [];
    if (ownerUid(claim) !== facts.service.uid) return [];
    const message = `${group.group}: volume ${volume} holds data (${name}) and cannot be left out; put it back`;
    return [reject('StorageChangeRefused', message)];
  });
}

/** A volume of a former service of the same name is never taken over in silence. */
function checkRetained({ groups, adoptVolumesFrom }: Volumes, facts: Facts): Rejection[] {
  const foreign = groups
    .flatMap((group) => liveClaims(group, facts))
    .map(({ claim }) => claim)
    .filter((claim) => ![facts.service.uid, adoptVolumesFrom].includes(ownerUid(claim)));
  if (foreign.length === 0) return [];
  const uids = [...new Set(foreign.map(ownerUid))].join(', ');
  const names = foreign.map((claim) => claim.metadata.name).join(', ');
  const message = `volumes of a former ${facts.service.kind} ${facts.service.name} are still there: ${names}; to use them with their data set spec.adoptVolumesFrom: ${uids}, otherwise delete these claims`;
  return [reject('RetainedVolumes', message)];
}

export function ownerUid(claim: PersistentVolumeClaim): string {
  return claim.metadata.labels?.[keys.serviceUid] ?? 'unknown';
}
