/** Parts of a spec that every service has. */
import type { z } from 'zod';
import { compareQuantities } from '../operators/kube/quantity.ts';
import {
  atomic,
  bool,
  enumeration,
  int32,
  int64,
  list,
  map,
  object,
  optional,
  quantity,
  type Rule,
  rules,
  set,
  text,
} from './lib/dialect.ts';
import { group } from './lib/kind.ts';

export type PodMetadata = z.infer<ReturnType<typeof podMetadata>>;
export type Resources = z.infer<ReturnType<typeof resources>>;
export type Jvm = z.infer<ReturnType<typeof jvm>>;
export type Updates = z.infer<ReturnType<typeof updates>>;
export type UpdateWindow = NonNullable<Updates['windows']>[number];
export type Recovery = z.infer<ReturnType<typeof recovery>>;
export type Control = z.infer<ReturnType<typeof control>>;
export type DeletionPolicy = z.infer<ReturnType<typeof deletionPolicy>>;

export function dnsLabel(max = 63) {
  const says = 'must be lower case letters, digits and "-", and begin and end with a letter or a digit';
  return text({ min: 1, max, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, says });
}

/** The name of another Kubernetes object. */
export function objectName() {
  const says = 'must be the name of a Kubernetes object';
  return text({ min: 1, max: 253, pattern: /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, says });
}

export function labelKey() {
  const says = 'must be a label key such as example.com/name';
  return text({
    min: 1,
    max: 317,
    pattern: /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/,
    says,
  });
}

export function labelValue() {
  const says = 'must be a label value: at most 63 letters, digits, "-", "_" or "."';
  return text({ max: 63, pattern: /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, says });
}

export function labels(max = 32) {
  return map(labelKey(), labelValue(), { max });
}

/** By some of them members start, and leave for good: a pod that was born with one would not wait for its turn. */
const noneOfOurs: Rule<Readonly<Record<string, string>>> = {
  cel: `self.all(key, !key.startsWith('${group}/'))`,
  message: `keys that begin with ${group}/ are those of Stateward: choose others`,
  holds: (entries) => Object.keys(entries).every((key) => !key.startsWith(`${group}/`)),
};

export function podMetadata() {
  const annotations = map(labelKey(), text({ max: 8192 }), { max: 32 });
  return object({
    labels: optional(rules(labels(), noneOfOurs)).describe('Further labels; the ones that Stateward sets win.'),
    annotations: optional(rules(annotations, noneOfOurs, confined)).describe(
      'Further annotations; the ones that Stateward sets win.',
    ),
  });
}

const appArmor = 'container.apparmor.security.beta.kubernetes.io/';

/** The one annotation by which Kubernetes lets a pod out of the restricted Pod Security Standard. */
const confined: Rule<Readonly<Record<string, string>>> = {
  cel: `self.all(key, !key.startsWith('${appArmor}') || self[key] == 'runtime/default' || self[key].startsWith('localhost/'))`,
  message: `members stay confined: ${appArmor} can only be runtime/default or localhost/ and the name of a profile`,
  holds: (annotations) =>
    Object.entries(annotations).every(
      ([key, value]) => !key.startsWith(appArmor) || value === 'runtime/default' || value.startsWith('localhost/'),
    ),
};

function amounts(what: string) {
  return object({
    cpu: optional(quantity()).describe(`CPU ${what}, in cores such as 500m or 2.`),
    memory: optional(quantity()).describe(`Memory ${what}, such as 4Gi.`),
  });
}

/** The default holds for the whole object: half of it beside the user's half could ask for more than the limit. */
export function resources(cpu: string, memory: string) {
  const shape = object({
    requests: optional(amounts('that is reserved')).describe(
      'What a node must have free; equals the limits if left out.',
    ),
    limits: optional(amounts('that is never exceeded')).describe('The most that the member may use.'),
  });
  const bounded = rules(shape, ...(['cpu', 'memory'] as const).map(requestWithinLimit));
  return atomic(bounded).prefault({ requests: { cpu, memory }, limits: { memory } });
}

interface Amounts {
  requests?: { cpu?: string; memory?: string };
  limits?: { cpu?: string; memory?: string };
}

function requestWithinLimit(resource: 'cpu' | 'memory') {
  const [request, limit] = [`self.requests.${resource}`, `self.limits.${resource}`];
  return {
    cel:
      `!has(self.requests) || !has(self.limits) || !has(${request}) || !has(${limit}) || ` +
      `!quantity(string(${limit})).isLessThan(quantity(string(${request})))`,
    message: `the request for ${resource} is larger than the limit`,
    field: 'requests',
    holds: ({ requests, limits }: Amounts) => !quantityLess(limits?.[resource] ?? '', requests?.[resource] ?? ''),
  };
}

export function jvm() {
  const option = text({ min: 2, max: 1024, pattern: /^-/, says: 'must be one option of java and begin with "-"' });
  return object({
    heap: optional(quantity()).describe('Heap size (-Xms and -Xmx); derived from the memory limit if left out.'),
    options: optional(list(option, { max: 64 })).describe(
      'Further options of java, put after those that Stateward sets.',
    ),
  });
}

function quantityLess(first: string, second: string): boolean {
  return compareQuantities(first, second) === -1;
}

interface Process {
  jvm?: { heap?: string };
  resources: Amounts;
}

/** For the object that holds both `jvm` and `resources`. */
export const heapBelowLimit = {
  cel:
    '!has(self.jvm) || !has(self.jvm.heap) || !has(self.resources.limits) || !has(self.resources.limits.memory) || ' +
    'quantity(string(self.jvm.heap)).isLessThan(quantity(string(self.resources.limits.memory)))',
  message: 'the heap must be smaller than the memory limit, which also holds threads, buffers and the page cache',
  field: 'jvm',
  holds: ({ jvm, resources }: Process) => {
    const [heap, limit] = [jvm?.heap, resources.limits?.memory];
    return heap === undefined || limit === undefined || quantityLess(heap, limit);
  },
};

/**
 * What one volume is made of. No rule forbids a change here: a wrong size or class must be correctable for as long as no
 * volume has been made of it, which only a reconcile can see (operators/workload/preflight.ts).
 */
export function volumeShape() {
  return {
    size: quantity().prefault('20Gi').describe('Capacity; may be raised where the storage class allows expansion.'),
    storageClassName: optional(objectName()).describe("Storage class; the cluster's default if left out."),
  };
}

export function image() {
  const says = 'must be an image reference such as registry.example.com/kafka:4.3.1';
  return text({ min: 1, max: 512, pattern: /^[A-Za-z0-9][-A-Za-z0-9._:/@]*$/, says });
}

export function deletionPolicy() {
  return enumeration(['Retain', 'Delete']).prefault('Retain');
}

export function uid() {
  const says = 'must be the uid of the former service, as its retained volumes carry it';
  return text({ min: 1, max: 64, pattern: /^[A-Za-z0-9-]+$/, says });
}

export function tolerations() {
  const toleration = object({
    key: optional(labelKey()).describe('The taint key; every key if left out and the operator is Exists.'),
    operator: optional(enumeration(['Exists', 'Equal'])).describe('Whether the value counts; Equal if left out.'),
    value: optional(text({ max: 63 })).describe('The taint value.'),
    effect: optional(enumeration(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])).describe(
      'The effect; every effect if left out.',
    ),
    tolerationSeconds: optional(int64(0)).describe('How long a NoExecute taint is borne; forever if left out.'),
  });
  return list(toleration, { max: 32 });
}

/** For instance `90s`, `30m`, `4h` or `2h30m`. */
export function duration() {
  const says = 'must be a duration such as 90s, 30m or 4h';
  return text({ min: 2, max: 16, pattern: /^([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,6}s)?$/, says });
}

function window() {
  const says = 'must be five cron fields: minute, hour, day of month, month, day of week';
  return object({
    schedule: text({ min: 9, max: 128, pattern: /^\S+( +\S+){4}$/, says }).describe(
      'When the window opens, as cron: minute, hour, day of month, month, day of week.',
    ),
    duration: duration().describe('How long it stays open.'),
    timeZone: text({ min: 1, max: 64 })
      .prefault('UTC')
      .describe('The time zone of the schedule, such as Europe/Berlin.'),
  });
}

/** How a change reaches running members. */
export function updates() {
  return object({
    windows: optional(list(window(), { max: 16 })).describe(
      'When members may be disrupted by choice; at any time if left out. Failed members are mended at any time.',
    ),
    restartOnOperatorUpgrade: bool()
      .prefault(false)
      .describe('Whether members restart when only the operator has changed; otherwise RestartRequired says so.'),
    maxUnavailablePerRack: int32(1, 100)
      .prefault(1)
      .describe('How many members of one rack may be restarted together, once the first one is back with the change.'),
    unreplicated: enumeration(['Wait', 'Accept'])
      .prefault('Wait')
      .describe('Whether data that is replicated too little to bear the loss of one member holds up a restart.'),
  });
}

/** What is done about members that are lost for good. */
export function recovery() {
  const automatic = object({
    after: duration().prefault('30m').describe('How long a member must have been lost.'),
    minInterval: duration().prefault('4h').describe('The least time between two replacements.'),
  });
  return object({
    automatic: optional(automatic).describe('Replace lost members, their data with them; by hand only if left out.'),
  });
}

/** The user's hand on the plans: what `kubectl stateward plan` writes. */
export function control() {
  const planOrPhase = text({
    min: 1,
    max: 600,
    pattern: /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/,
    says: 'must be the name of a plan, or plan/phase',
  });
  const step = text({
    min: 1,
    max: 900,
    pattern: /^[^/@]+\/[^/@]+\/[^/@]+@[^/@]+$/,
    says: 'must be plan/phase/step@revision, the revision as the plan shows it in status',
  });
  return object({
    paused: optional(set(planOrPhase, { max: 64 })).describe('Plans, or plan/phase, that begin no further step.'),
    allowed: optional(set(step, { max: 64 })).describe('Steps that may run although they are paused.'),
    completed: optional(set(step, { max: 64 })).describe('Steps that count as complete whatever is seen of them.'),
  });
}
