/**
 * What a product (Kafka, Cassandra) tells the reconcile that all of them share. The members of this interface are the
 * stations of one reconcile, in order; each lives in the product's file of the same name.
 */
import type { Certificates } from '../../crds/certificates.ts';
import type { Control, Recovery, Updates } from '../../crds/common.ts';
import { mostMembers } from '../../crds/status.ts';
import type { KubeObject, Resource } from '../kube/resource.ts';
import type { Plan, PlanDraft } from '../plan/plan.ts';
import type { Seen } from './certificates/handshakes.ts';
import { type CertificatePolicy, certificatePolicy } from './certificates/policy.ts';
import type { CommonStatus, Facts, ServiceObject } from './facts.ts';
import type { ServiceIdentity, ServiceKind } from './identity.ts';
import type { Turn } from './io.ts';
import { askedOf, type GroupShape, type MemberGroup } from './members/member-set.ts';
import type { MemberView } from './members/members.ts';
import type { WorkloadAction } from './members/steps.ts';
import { type Parsed, type Rejection, reject } from './rejection.ts';
import type { RestartService } from './restart.ts';
import { type Stack, scaleOf } from './scale.ts';

export interface ServiceModel {
  service: ServiceIdentity;
  version: string;
  groups: MemberGroup[];
  stacks: Stack[];
  deletionPolicy: 'Retain' | 'Delete';
  adoptVolumesFrom: string | undefined;
  updates: Updates;
  control: Control;
  recovery: Recovery;
  certificates: CertificatePolicy;
}

type CommonSpec = Pick<ServiceModel, 'deletionPolicy' | 'updates' | 'control' | 'recovery'> & {
  adoptVolumesFrom?: string;
  certificates: Certificates;
};
type Common = Omit<ServiceModel, 'service' | 'version' | 'stacks'>;

/** A product's own model with what the shared reconcile asks for. */
export function completed<Own extends { spec: CommonSpec }>(
  parsed: Parsed<Own>,
  facts: Facts,
  groupsOf: (model: Own) => GroupShape[],
): Parsed<Own & Common> {
  if (!parsed.ok) return parsed;
  const { model } = parsed;
  const { deletionPolicy, adoptVolumesFrom, updates, control, recovery } = model.spec;
  const groups = groupsOf(model).map((group) => ({
    ...group,
    ...scaleOf(group, facts),
    asked: askedOf(facts.generation, group.keeps),
  }));
  const tooMany = checkSize(groups);
  if (tooMany.length > 0) return { ok: false, rejections: tooMany };
  const certificates = certificatePolicy(model.spec.certificates);
  const common = { groups, deletionPolicy, adoptVolumesFrom, updates, control, recovery, certificates };
  return { ok: true, model: { ...model, ...common } };
}

/** Who has yet to leave has a place in status, too; and a pod that only looks like a member may bear any number. */
function checkSize(groups: readonly MemberGroup[]): Rejection[] {
  const all = groups.reduce((sum, { members, pods }) => sum + Math.max(members, pods), 0);
  if (all <= mostMembers) return [];
  const message = `spec: with those that have yet to leave there would be ${all} members, and there may be ${mostMembers}; ask for fewer until they have left`;
  return [reject('ChangeRefused', message)];
}

export interface Prepared {
  rejections: Rejection[];
  /** What a person should know of, and nothing waits for. */
  warnings?: Rejection[];
  /** To be applied. */
  objects: KubeObject[];
  /** Owned by the service, and as they are to be already. */
  kept?: KubeObject[];
}

export interface Planned {
  plans: readonly Plan<unknown>[];
  /** Milliseconds since the epoch. */
  now: number;
}

export interface ServiceSnapshot {
  members: MemberView[];
  /** What was asked of their certificates, by member. */
  certificates?: ReadonlyMap<string, Seen>;
}

export interface Product<
  Status extends CommonStatus,
  Model extends ServiceModel,
  Snapshot extends ServiceSnapshot,
  Action,
> {
  kind: ServiceKind;
  resource: Resource<ServiceObject<Status>>;
  emptyStatus: Status;
  /** Pure: the stored spec as a model, or everything that is wrong with it. */
  parse(spec: unknown, facts: Facts<Status>): Parsed<Model>;
  /** What cannot be derived and must exist first, e.g. a generated password; and the objects that follow from it. */
  prepare(model: Model, turn: Turn): Promise<Prepared>;
  /** Pure: the objects that should exist, in the order in which they are applied; StatefulSets last. */
  desired(model: Model, facts: Facts<Status>): KubeObject[];
  /** The only reading of the service itself. What does not answer is unknown, never absent. */
  observe(model: Model, members: MemberView[], facts: Facts<Status>, turn: Turn): Promise<Snapshot>;
  /** Pure. */
  plan(model: Model, snapshot: Snapshot, facts: Facts<Status>, now: number): PlanDraft<Action | WorkloadAction>[];
  /** Pure: in which order members may be taken down, and when. Asked again just before each. */
  restarts(
    model: Model,
    snapshot: Snapshot,
    facts: Facts<Status>,
    now: number,
  ): RestartService<Snapshot['members'][number], Action>;
  /** Runs one action that the plan allows now. */
  act(action: Action, model: Model, snapshot: Snapshot, turn: Turn): Promise<void>;
  /** Pure: what status shows beyond the common part, given the plans that it shows. */
  report(model: Model, snapshot: Snapshot, facts: Facts<Status>, planned: Planned): Partial<Status>;
}
