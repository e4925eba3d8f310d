/** Pure: how new certificates reach members that run, and how one CA takes the place of another. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kube/json.ts';
import type { Secret } from '../../kube/resource.ts';
import type { PhaseDraft, PlanDraft, Progress, StepDraft } from '../../plan/plan.ts';
import { type AuthorityStep, authorityStep, type Handshake } from '../../tls/authority.ts';
import { isSignedBy } from '../../tls/certificate.ts';
import type { MemberStatus } from '../facts.ts';
import { labelDomain, type ServiceIdentity } from '../identity.ts';
import type { MemberView } from '../members/members.ts';
import type { WorkloadAction } from '../members/steps.ts';
import type { CertificateFacts } from './facts.ts';
import { fingerprintOf, runs, type Seen } from './handshakes.ts';
import type { CertificatePolicy } from './policy.ts';
import { certificateNames, groupFilesOf, type NextAuthority, trustedBy, whole } from './secrets.ts';
import { endOf, isReplaced, isWithdrawn } from './wanted.ts';

/** It takes nothing down: a service is Ready all the while. */
export const certificatesPlan = 'certificates';

/** How long a new CA is shown to clients before anything is signed by it: they are restarted, or look at files, in their own time. */
const clientsLearnMs = 24 * 3_600_000;

/** On a pod: what the Secret of its group held when the kubelet was last asked to bring it. */
export const broughtMark = `${labelDomain}/certificates`;

export interface CertificateInput extends CertificateFacts {
  service: ServiceIdentity;
  policy: CertificatePolicy;
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
  const { signer, former = [] } = input.record;
  // The same from the first step of a replacement to its last.
  const revision = (fingerprintOf(former[0] ?? signer.certificate) ?? '').slice(0, 16);
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
  const wanted = fingerprintOf(groupFilesOf(secret).leaves.get(name)?.certificate ?? '');
  if (pod === undefined || secret === undefined || wanted === undefined || report.state !== 'Ready') return undefined;
  const lack = lackOf(name, wanted, input);
  if (lack === undefined) return undefined;
  const mark = markOf(secret);
  if (pod.metadata.annotations?.[broughtMark] === mark) return { kind: 'InProgress', message: lack };
  const action: WorkloadAction = { kind: 'BringCertificates', pod: name, uid: pod.metadata.uid ?? '', mark };
  return { kind: 'Due', action, message: `${lack}: asks the kubelet to bring what is new` };
}

function lackOf(name: string, wanted: string, { record, seen, status }: CertificateInput): string | undefined {
  const presented = presentedBy(name, { seen, status });
  if (presented === undefined) return 'answers nobody who comes by TLS';
  if (presented !== wanted) return 'presents its former certificate still';
  if (!trustsNext(name, { record, seen, status })) return 'does not trust the next CA yet';
  return undefined;
}

export function markOf({ data = {} }: Secret): string {
  return createHash('sha256').update(canonicalJson(data)).digest('hex').slice(0, 16);
}

function authoritySteps(input: CertificateInput): StepDraft<WorkloadAction>[] {
  const { signer, next, former } = input.record;
  const handshakes = input.members.filter(runs).map((member) => handshakeOf(member, input));
  const authorities = { signer: signer.certificate, next: next?.certificate, former };
  const wish = { replace: isReplaced(input), withdraw: isWithdrawn(input) };
  const step = authorityStep({ authorities, ...wish, handshakes });
  if (step.kind === 'Keep') return [];
  const replace: StepDraft<WorkloadAction> = {
    name: 'ca:[replace]',
    reason: 'CertificateReplaced',
    progress: progressOf(step, input.policy),
  };
  return next === undefined || wish.withdraw ? [replace] : [clientsStep(next, input), replace];
}

function progressOf(
  step: Exclude<AuthorityStep, { kind: 'Keep' }>,
  { authority }: CertificatePolicy,
): Progress<WorkloadAction> {
  if (step.kind === 'Wait') return { kind: 'InProgress', message: step.message };
  const action: WorkloadAction = { kind: 'AdvanceAuthority', step: step.kind, lifeMs: authority.durationMs };
  return { kind: 'Due', action, message: words[step.kind] };
}

/** What clients trust is not ours to see. Whoever knows that they do may count this step as complete (`plan force`). */
function clientsStep({ since }: NextAuthority, input: CertificateInput): StepDraft<WorkloadAction> {
  const until = since + clientsLearnMs;
  const progress: Progress<WorkloadAction> =
    until <= input.now || isUrgent(input)
      ? { kind: 'Complete' }
      : { kind: 'Waiting', message: `clients have until ${new Date(until).toISOString()} to learn of the next CA` };
  return { name: 'clients:[trust]', reason: 'CertificateReplaced', progress };
}

/** Certificates that nobody can renew would end before. */
function isUrgent({ record, secrets, policy, now }: CertificateInput): boolean {
  if (whole(record.signer) !== undefined) return false;
  const leaves = [...secrets.values()].flatMap((secret) => [...groupFilesOf(secret).leaves.values()]);
  return leaves.some(({ certificate = '' }) => endOf(certificate) - policy.members.renewBeforeMs <= now);
}

const words = {
  Introduce: 'shows a new CA to everybody, who is to trust it before it signs',
  Withdraw: 'the next CA is not to sign after all: it is trusted until nobody presents what it has signed',
  Switch: 'everybody trusts the new CA: it signs from now on',
  Retire: 'nobody presents what the former CA has signed: it is trusted no longer',
} as const;

function handshakeOf({ name, group }: MemberView, input: CertificateInput): Handshake {
  const { record, seen, status, secrets } = input;
  const leaf = groupFilesOf(secrets.get(certificateNames.members(group.name))).leaves.get(name)?.certificate ?? '';
  const isPresented = presentedBy(name, { seen, status }) === fingerprintOf(leaf);
  return {
    member: name,
    presents: isPresented ? trustedBy(record).find((authority) => isSignedBy(leaf, authority)) : undefined,
    accepts: record.next !== undefined && trustsNext(name, input) ? new Set([record.next.certificate]) : undefined,
  };
}

type Known = Pick<CertificateInput, 'seen' | 'status'>;

function presentedBy(name: string, { seen, status }: Known): string | undefined {
  return seen.get(name)?.presents ?? status.find((known) => known.name === name)?.certificate?.fingerprint;
}

/** Also where there is none to trust. */
function trustsNext(name: string, { record, seen, status }: Known & Pick<CertificateInput, 'record'>): boolean {
  if (record.next === undefined) return true;
  const trusts = seen.get(name)?.trusts ?? status.find((known) => known.name === name)?.certificate?.trusts;
  return trusts !== undefined && trusts === fingerprintOf(record.next.certificate);
}
