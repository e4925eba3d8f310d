/** Are the volumes there, bound, and as large as they were asked to be? */
import { compareQuantities } from '../../../kube/quantity.ts';
import type { PersistentVolumeClaim, StorageClass } from '../../../kube/resource.ts';
import { counted } from '../../../plan/listed.ts';
import { claimNames, eventsOf, type Facts, itemsOf, type MemberFacts, unreadable } from '../facts.ts';
import { type Finding, fail, orPass, pass, unknown } from '../finding.ts';

export function volumesBound(facts: Facts): Finding[] {
  const why = unreadable(facts.claims);
  if (why !== undefined) return [unknown('volumes', `claims are not to be seen: ${why}`)];
  const claims = facts.members.flatMap((member) => member.claims);
  const found = facts.members.flatMap((member) => [
    ...absent(member),
    ...member.claims.flatMap((claim) => claimFindings(claim, member, facts)),
  ]);
  if (found.length === 0 && claims.length === 0) return [];
  return orPass(found, 'volumes', `${counted(claims.length, 'claim')} bound`);
}

/** The StatefulSet controller makes claims only together with the pod. */
function absent({ name, set, pod, claims }: MemberFacts): Finding[] {
  if (pod === undefined) return [];
  const there = claims.map(({ metadata }) => metadata.name);
  return claimNames(name, set)
    .filter((claim) => !there.includes(claim))
    .map((claim) =>
      fail('volumes', `claim ${claim} is gone`, `delete pod ${name}: the claim is then made anew, and empty`),
    );
}

function claimFindings(claim: PersistentVolumeClaim, member: MemberFacts, facts: Facts): Finding[] {
  const { name, deletionTimestamp } = claim.metadata;
  if (deletionTimestamp !== undefined) {
    const fix = `a deletion cannot be taken back: make a copy of the data, or replace ${member.name}`;
    return [fail('volumes', `claim ${name} is deleted as soon as pod ${member.name} stops`, fix)];
  }
  switch (claim.status?.phase) {
    case 'Bound':
      return growth(claim, facts);
    case 'Lost':
      return [fail('volumes', `the volume of claim ${name} is gone`, `replace ${member.name}: its data is lost`)];
    default:
      return [unbound(claim, member, facts)];
  }
}

function unbound(claim: PersistentVolumeClaim, { pod }: MemberFacts, facts: Facts): Finding {
  const { name } = claim.metadata;
  const { storageClassName } = claim.spec ?? {};
  if (storageClassName === undefined) {
    return fail(
      'volumes',
      `claim ${name} names no StorageClass, and the cluster has no default one`,
      'mark one as the default, or set storageClassName',
    );
  }
  const known = facts.storageClasses.ok;
  const storageClass = itemsOf(facts.storageClasses).find(({ metadata }) => metadata.name === storageClassName);
  if (known && storageClass === undefined && storageClassName !== '') {
    return fail(
      'volumes',
      `claim ${name} asks for StorageClass ${storageClassName}, which does not exist`,
      `create it, or correct storageClassName: ${classes(facts)}`,
    );
  }
  const failed = eventsOf(facts, 'PersistentVolumeClaim', name, ['ProvisioningFailed', 'FailedBinding'])[0];
  if (failed !== undefined)
    return fail('volumes', `claim ${name} gets no volume: ${failed.note}`, provisionerFix(storageClass));
  if (storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && pod?.spec?.nodeName === undefined) {
    return unknown('volumes', `claim ${name} gets its volume once its pod has a node: see the check placement`);
  }
  return fail(
    'volumes',
    `claim ${name} waits for a volume of StorageClass ${storageClassName}`,
    provisionerFix(storageClass),
  );
}

function classes({ storageClasses }: Facts): string {
  const names = itemsOf(storageClasses).map(({ metadata }) => metadata.name);
  return names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`;
}

function provisionerFix(storageClass: StorageClass | undefined): string {
  return `see whether the provisioner${storageClass === undefined ? '' : ` ${storageClass.provisioner}`} runs, and what it says`;
}

function growth(claim: PersistentVolumeClaim, facts: Facts): Finding[] {
  const wanted = claim.spec?.resources?.requests?.['storage'] ?? '0';
  const present = claim.status?.capacity?.['storage'] ?? wanted;
  if ((compareQuantities(present, wanted) ?? 0) >= 0) return [];
  const { name } = claim.metadata;
  const growing = `claim ${name} has ${present} of ${wanted}`;
  const refused = itemsOf(facts.storageClasses).find(
    ({ metadata, allowVolumeExpansion }) =>
      metadata.name === claim.spec?.storageClassName && allowVolumeExpansion !== true,
  );
  if (refused !== undefined) {
    const finding = `${growing}: StorageClass ${refused.metadata.name} does not allow expansion`;
    return [fail('volumes', finding, `set allowVolumeExpansion there if its driver can do it, else set the size back`)];
  }
  const error = expansionError(claim, facts);
  if (error !== undefined)
    return [fail('volumes', `${growing}: ${error}`, 'see what the driver says; the expansion is tried again')];
  const pending = claim.status?.conditions?.some(({ type }) => type === 'FileSystemResizePending');
  return [pass('volumes', `${growing} and grows${pending === true ? ': the node enlarges the file system' : ''}`)];
}

/** Conditions of Kubernetes 1.32 and later (KEP-1790), or an event. */
function expansionError(claim: PersistentVolumeClaim, facts: Facts): string | undefined {
  const errors = ['ControllerResizeError', 'NodeResizeError'];
  const condition = claim.status?.conditions?.find(({ type, status }) => errors.includes(type) && status === 'True');
  const [event] = eventsOf(facts, 'PersistentVolumeClaim', claim.metadata.name, [
    'VolumeResizeFailed',
    'FileSystemResizeFailed',
  ]);
  return condition?.message ?? event?.note;
}
