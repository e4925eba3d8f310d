/** Pure: how new certificates reach members that run, and how one CA takes the place of another. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kube/json.ts';
import type { Secret } from '../../kube/resource.ts';
import type { PhaseDraft, PlanDraft, Progress, StepDraft } from '../../plan/plan.ts';
import { authorityStep, type Handshake } from '../../tls/authority.ts';
import { readCertificate } from '../../tls/certificate.ts';
import type { MemberStatus } from '../facts.ts';
import { labelDomain } from '../identity.ts';
import type { MemberView } from '../members.ts';
import type { WorkloadAction } from '../steps.ts';
import type { CertificateFacts } from './facts.ts';
import { runs, type Seen } from './handshakes.ts';
import { authorityRenewBeforeMs } from './prepare.ts';
import { type AuthorityRecord, certificateNames, groupFilesOf } from './secrets.ts';

/** It takes nothing down: a service is Ready all the while. */
export const certificatesPlan = 'certificates';

/** On a pod: what the Secret of its group held when the kubelet was last asked to bring it. */
export const broughtMark = `${labelDomain}/certificates`;

export interface CertificateInput extends CertificateFacts {
  members: readonly MemberView[];
  seen: ReadonlyMap<string, Seen>;
  status: readonly MemberStatus[];
  now: number;
}

/** None while everybody presents what is wanted, and there is one CA. */
export function certificatePlan(input: CertificateInput): PlanDraft<WorkloadAction>[] {
  const phases: PhaseDraft<WorkloadAction>[] = [
    { name: 'members', strategy: 'Parallel', steps: input.members.flatMap((member) => memberStep(member, input)) },
    { name: 'authority', strategy: 'Serial', steps: authoritySteps(input) },
  ];
  if (phases.every(({ steps }) => steps.length === 0)) return [];
  const revision = certificatesPlan;
  return [
    { name: certificatesPlan, revision, strategy: 'Parallel', phases: phases.filter(({ steps }) => steps.length > 0) },
  ];
}

function memberStep(member: MemberView, input: CertificateInput): StepDraft<WorkloadAction>[] {
  const progress = runs(member) ? memberProgress(member, input) : undefined;
  if (progress === undefined) return [];
  return [{ name: `${member.name}:[certificate]`, reason: 'CertificateReplaced', progress }];
}

function memberProgress(member: MemberView, input: CertificateInput): Progress<WorkloadAction> | undefined {
  const { name, pod, group, report } = member;
  const secret = input.secrets.get(certificateNames.members(group.name));
  const wanted = wantedOf(name, secret);
  if (pod === undefined || secret === undefined || wanted === undefined || report.state !== 'Ready') return undefined;
  const lack = lackOf(name, wanted, input);
  if (lack === undefined) return undefined;
  const mark = markOf(secret);
  if (pod.metadata.annotations?.[broughtMark] === mark) return { kind: 'InProgress', message: lack };
  const action: WorkloadAction = { kind: 'BringCertificates', pod: name, uid: pod.metadata.uid ?? '', mark };
  return { kind: 'Due', action, message: `${lack}: asks the kubelet to bring what is new` };
}

function lackOf(name: string, wanted: string, { record, seen, status }: CertificateInput): string | undefined {
  const answer = seen.get(name);
  const presented = answer?.presents ?? status.find((known) => known.name === name)?.certificate?.fingerprint;
  if (presented === undefined) return 'answers nobody who comes by TLS';
  if (presented !== wanted) return 'presents its former certificate still';
  if (record.next !== undefined && answer?.acceptsNext !== true) return 'does not trust the next CA yet';
  return undefined;
}

function wantedOf(pod: string, secret: Secret | undefined): string | undefined {
  const read = readCertificate(groupFilesOf(secret).leaves.get(pod)?.certificate ?? '');
  return read.ok ? read.value.fingerprint : undefined;
}

export function markOf({ data = {} }: Secret): string {
  return createHash('sha256').update(canonicalJson(data)).digest('hex').slice(0, 16);
}

function authoritySteps({ record, members, seen, now }: CertificateInput): StepDraft<WorkloadAction>[] {
  const { signer, next, former } = record;
  const handshakes = members.filter(runs).map(({ name }) => handshakeOf(name, record, seen.get(name)));
  const authorities = { signer: signer.certificate, next: next?.certificate, former };
  const step = authorityStep({ authorities, replace: isEnding(signer.certificate, now), handshakes });
  if (step.kind === 'Keep') return [];
  const progress: Progress<WorkloadAction> =
    step.kind === 'Wait'
      ? { kind: 'InProgress', message: step.message }
      : { kind: 'Due', action: { kind: 'AdvanceAuthority', step: step.kind }, message: words[step.kind] };
  return [{ name: 'ca:[replace]', reason: 'CertificateReplaced', progress }];
}

const words = {
  Introduce: 'makes a new CA, which everybody is to trust before it signs',
  Switch: 'everybody trusts the new CA: it signs from now on',
  Retire: 'nobody presents what the former CA has signed: it is trusted no longer',
} as const;

function isEnding(certificate: string, now: number): boolean {
  const read = readCertificate(certificate);
  return read.ok && read.value.notAfter - authorityRenewBeforeMs <= now;
}

function handshakeOf(member: string, { next }: AuthorityRecord, seen: Seen | undefined): Handshake {
  const accepts = seen?.acceptsNext === true && next !== undefined ? new Set([next.certificate]) : undefined;
  return { member, presents: seen?.issuer, accepts };
}
