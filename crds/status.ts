/** The status that every service has, so that one eye and one tool read them all. */
import type { z } from 'zod';
import {
  bool,
  enumeration,
  int32,
  int64,
  list,
  listMap,
  object,
  optional,
  port,
  text,
  timestamp,
} from './lib/dialect.ts';

export const progressValues = ['Pending', 'Waiting', 'Starting', 'InProgress', 'Complete', 'Error'] as const;

export type ProgressStatus = (typeof progressValues)[number];
export type Condition = z.infer<ReturnType<typeof condition>>;
export type StepStatus = z.infer<ReturnType<typeof step>>;
export type PhaseStatus = z.infer<ReturnType<typeof phase>>;
export type PlanStatus = z.infer<ReturnType<typeof plan>>;
export type FinishedPlan = z.infer<ReturnType<typeof finishedPlan>>;
export type MemberVolumeStatus = z.infer<ReturnType<typeof memberVolume>>;
export type EndpointStatus = z.infer<ReturnType<typeof endpoint>>;
export type RetainedVolume = z.infer<ReturnType<typeof retainedVolume>>;

const name = (what: string) => text({ max: 253 }).describe(what);
const message = (what: string) => text({ max: 4096 }).describe(what);
const progress = (what: string) => enumeration(progressValues).describe(what);
const strategy = () => enumeration(['Serial', 'Parallel']).describe('Whether the parts run one after another.');

function condition() {
  return object({
    type: name('What is said, such as Ready, Reconciling or Stalled.'),
    status: enumeration(['True', 'False', 'Unknown']).describe('Whether it is so.'),
    reason: text({ min: 1, max: 1024, pattern: /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/ }).describe(
      'Why, in one word for programs.',
    ),
    message: text({ max: 32_768 }).describe('Why, in words for people.'),
    lastTransitionTime: timestamp().describe('When the status last changed.'),
    observedGeneration: optional(int64(0)).describe('The generation of the spec that this is about.'),
  });
}

function step() {
  return object({
    name: name('What is done to whom, such as node-0:[restart].'),
    member: optional(name('The member that the step touches.')),
    status: progress('How far the step is.'),
    reason: optional(name('What made the step necessary, such as SpecChanged.')),
    message: optional(message('What is being done or waited for.')),
    since: optional(timestamp().describe('Since when the status holds.')),
    begun: optional(bool().describe('Whether the step has done something that it has yet to end.')),
  });
}

function phase() {
  return object({
    name: name('The name of the phase, unique in its plan.'),
    status: progress('How far the phase is: the sum of its steps.'),
    strategy: strategy(),
    steps: list(step(), { max: 2000 }).describe('The steps in the order in which they run.'),
  });
}

function plan() {
  return object({
    name: name('deploy, recovery or the name of an operation.'),
    revision: optional(
      text({ max: 64 }).describe('What the plan leads to; another spec or operation has another one.'),
    ),
    status: progress('How far the plan is: the sum of its phases.'),
    strategy: strategy(),
    message: optional(message('What the plan is about, or what it took the place of.')),
    startedAt: optional(timestamp().describe('When the first step of this revision began.')),
    phases: list(phase(), { max: 64 }).describe('The phases in the order in which they run.'),
  });
}

export const outcomes = ['Complete', 'Superseded', 'Cancelled'] as const;

function finishedPlan() {
  return object({
    name: name('deploy, recovery or the name of an operation.'),
    revision: optional(text({ max: 64 }).describe('What the plan led to.')),
    outcome: enumeration(outcomes).describe('How it ended.'),
    message: optional(message('What took its place, or why it ended.')),
    startedAt: timestamp().describe('When its first step began.'),
    finishedAt: timestamp().describe('When it ended.'),
    seconds: int64(0).describe('How long it took.'),
    steps: int64(0).describe('How many steps it had.'),
  });
}

function memberVolume() {
  return object({
    name: name('The name of the volume in the spec.'),
    claim: name('The persistent volume claim that holds the data.'),
    size: optional(text({ max: 32 }).describe('The capacity that the volume has now.')),
  });
}

function memberCertificate() {
  return object({
    fingerprint: text({ max: 64 }).describe('SHA-256 of the certificate, in hexadecimal.'),
    notAfter: timestamp().describe('When it ends.'),
    trusts: optional(
      text({ max: 64 }).describe('SHA-256 of a CA that is to sign soon, once the member was seen to trust it.'),
    ),
  });
}

/** What is known of one member; a product adds what tells its members apart. */
export function memberShape() {
  return {
    name: name('The name of the member, which is that of its pod.'),
    group: name('The pool or the rack of the member.'),
    ready: bool().describe('Whether the member serves, as its peers see it.'),
    state: text({ max: 64 }).describe('What the member is doing, in one word.'),
    message: optional(message('What the member lacks, if it is not ready.')),
    node: optional(name('The Kubernetes node that it runs on.')),
    zone: optional(name('The failure domain of that node.')),
    address: optional(text({ max: 64 }).describe('The IP address of the pod.')),
    version: optional(text({ max: 64 }).describe('The version that the member runs.')),
    joined: optional(bool().describe('Whether the member has served before: from then on its absence is a failure.')),
    leaving: optional(bool().describe('Whether the member hands over what it has, to leave the service.')),
    certificate: optional(memberCertificate().describe('The certificate that the member was last seen to present.')),
    volumes: optional(listMap('name', memberVolume(), { max: 16 }).describe('The volumes that hold its data.')),
  };
}

/** Where clients connect; a product adds what it has to remember of that. */
export function endpointShape() {
  return {
    name: name('The listener or the protocol.'),
    dns: list(text({ max: 300 }), { max: 1000 }).describe('Host and port of each member, as a client takes them.'),
    vip: optional(text({ max: 300 }).describe('Host and port of the one name that stands for all ready members.')),
    port: port(1).describe('The port.'),
    tls: optional(bool().describe('Whether clients can have it encrypted.')),
    ca: optional(name('The ConfigMap whose key ca.crt holds the CAs that clients trust.')),
    authentication: optional(text({ max: 64 }).describe('How clients prove who they are.')),
    opening: optional(bool().describe('Whether members have yet to restart to open it.')),
    leavingSince: optional(
      timestamp().describe('Since when the spec no longer has it: clients are to move to another.'),
    ),
    closesAt: optional(timestamp().describe('When it closes, once members have all that clients can move to.')),
  };
}

function endpoint() {
  return object(endpointShape());
}

/** More of them no status shows. */
export const mostEndpoints = 16;

export function endpoints<Item extends z.ZodObject>(item: Item) {
  return optional(listMap('name', item, { max: mostEndpoints }).describe('Where clients connect.'));
}

function retainedVolume() {
  return object({
    claim: name('The persistent volume claim.'),
    ownerUid: text({ max: 64 }).describe('The uid of the service that wrote it; spec.adoptVolumesFrom takes it.'),
    member: optional(name('The member that wrote it.')),
    size: optional(text({ max: 32 }).describe('The capacity of the volume.')),
  });
}

/** A plan as it is shown, also in the status of the operation that it carries out. */
export function planStatus() {
  return plan();
}

export function conditions() {
  return optional(
    listMap('type', condition(), { max: 32 }).describe('What is so now: Ready, Reconciling, Stalled and others.'),
  );
}

/** Everything but the members and what only one product knows. */
export function statusShape() {
  return {
    observedGeneration: optional(int64(0).describe('The generation of the spec that this status is about.')),
    conditions: conditions(),
    version: optional(
      text({ max: 64 }).describe('The version that every member runs, or the older one during an upgrade.'),
    ),
    planSummary: optional(text({ max: 256 }).describe('The plans in a few words.')),
    plans: optional(
      listMap('name', plan(), { max: 32 }).describe('What is done, in phases and steps, and what each step waits for.'),
    ),
    history: optional(
      list(finishedPlan(), { max: 10 }).describe('The last plans that had something to do, newest first.'),
    ),
    memberSummary: optional(text({ max: 32 }).describe('Ready and wanted members, such as 2/3.')),
    endpoints: endpoints(endpoint()),
    binding: optional(
      object({ name: name('The Secret.') }).describe(
        'The Secret with everything a client needs, as servicebinding.io defines it.',
      ),
    ),
    retainedVolumes: optional(
      listMap('claim', retainedVolume(), { max: 2000 }).describe('Volumes that belong to no member now and are kept.'),
    ),
  };
}

/** More of them would not fit in one object. */
export const mostMembers = 1000;

export function members<Item extends z.ZodObject>(item: Item) {
  return optional(
    listMap('name', item, { max: mostMembers }).describe('The members and the identity that outlives their pods.'),
  );
}

/** Node ids and replica counts. */
export function count(what: string) {
  return int32(0, 2_000_000_000).describe(what);
}
