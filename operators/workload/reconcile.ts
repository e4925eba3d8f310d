/**
 * One reconcile of one service, the same for every product: facts -> parse -> preflight -> desired -> apply -> observe
 * -> plan -> status -> act. Nothing is remembered between two reconciles except what is in the API server.
 */
import type { Updates } from '../../crds/common.ts';
import { refOf, refOfKey } from '../kube/resource.ts';
import { dueActions, type Plan } from '../plan/plan.ts';
import { windowProblems } from '../plan/windows.ts';
import type { Outcome, Request } from '../runtime/controller.ts';
import { actOnWorkload, isDisruption, isWorkloadAction } from './act.ts';
import { applyAll, collisions, pruneOthers } from './apply-desired.ts';
import { type CertificateEnd, type CertificateRisk, certificateEnds, certificateRisk } from './certificates/expiry.ts';
import { certificateFacts } from './certificates/facts.ts';
import { withCertificates } from './certificates/handshakes.ts';
import {
  type CommonStatus,
  type Facts,
  gatherFacts,
  identityOf,
  type MemberStatus,
  type ServiceObject,
} from './facts.ts';
import type { ServiceIdentity } from './identity.ts';
import { type Io, nowOf, type Turn } from './io.ts';
import { keepRevision, markUnchanged } from './keep-revisions.ts';
import { askForPods } from './members/absent.ts';
import { memberStatus, memberViews } from './members/members.ts';
import type { Disruption, WorkloadAction } from './members/steps.ts';
import { notify } from './notify.ts';
import { membersGone } from './operations/decommission.ts';
import { beginOperations, showOperations } from './operations/operations.ts';
import { riskOfAction } from './operations/replace.ts';
import { tellOrphans } from './orphans.ts';
import { preflight } from './preflight.ts';
import type { Product, ServiceModel, ServiceSnapshot } from './product.ts';
import { type Rejection, reject } from './rejection.ts';
import { besideOf } from './restart.ts';
import { adoptClaims, finishDeletion, holdForDeletion, retainedVolumes } from './retention.ts';
import { servicePlans } from './service-plans.ts';
import { plannedStatus, rejectedStatus, writeStatus } from './status.ts';
import { compareVersions } from './versions.ts';

/** While a plan moves, the service itself is asked again this often; it sends no events. */
const movingMs = 500;
/** How often a quiet service is looked at: it knows of a dead member long before Kubernetes does, and lets no drain pass. */
const quietMs = 10_000;
/** While every plan waits for something. */
const waitingMs = 2_000;
/** How often the cause of a rejection is looked for again; most causes also come as a change. */
const rejectedMs = 10_000;

export interface ReconcileOptions extends Io {
  /** Told of the plans each time they are computed; an empty list when the service is gone. */
  onPlans: (owner: Owner, plans: Plan<unknown>[]) => void;
  /** Told likewise of when certificates end. */
  onCertificates: (owner: Owner, ends: CertificateEnd[]) => void;
}

type Owner = Pick<ServiceIdentity, 'kind' | 'namespace' | 'name'>;

export function serviceReconcile<
  Status extends CommonStatus,
  Model extends ServiceModel,
  Snapshot extends ServiceSnapshot,
  Action extends { kind: string },
>(
  product: Product<Status, Model, Snapshot, Action>,
  options: ReconcileOptions,
): (request: Request) => Promise<Outcome> {
  const reconciler = new ServiceReconciler(product, options);
  return (request) => reconciler.reconcile(request);
}

class ServiceReconciler<
  Status extends CommonStatus,
  Model extends ServiceModel,
  Snapshot extends ServiceSnapshot,
  Action extends { kind: string },
> {
  readonly #product: Product<Status, Model, Snapshot, Action>;
  readonly #options: ReconcileOptions;

  constructor(product: Product<Status, Model, Snapshot, Action>, options: ReconcileOptions) {
    this.#product = product;
    this.#options = options;
  }

  async reconcile({ key, log, signal }: Request): Promise<Outcome> {
    const { kind, resource, emptyStatus } = this.#product;
    const ref = refOfKey(key);
    const object = this.#options.cache.get(resource, ref);
    if (object === undefined) {
      const owner = { kind, namespace: ref.namespace ?? '', name: ref.name };
      this.#options.onPlans(owner, []);
      this.#options.onCertificates(owner, []);
      await tellOrphans(owner, { ...this.#options, log, signal });
      return {};
    }
    const turn: Turn = { ...this.#options, object, log, signal };
    const facts = gatherFacts(turn.cache, object, identityOf(object, kind), emptyStatus);
    if (object.metadata.deletionTimestamp !== undefined) {
      await finishDeletion(resource, object, facts, turn);
      return {};
    }
    const parsed = this.#product.parse(object.spec, facts);
    if (!parsed.ok) return this.#rejected(parsed.rejections, object, facts, turn);
    const { rejections, warnings } = await this.#realise(parsed.model, object, facts, turn);
    if (rejections.length > 0) return this.#rejected(rejections, object, facts, turn);
    return this.#advance(parsed.model, warnings, object, turn);
  }

  /** Everything up to the objects being applied; what stands against it, if anything. */
  async #realise(model: Model, object: ServiceObject<Status>, facts: Facts<Status>, turn: Turn): Promise<Realised> {
    const complaints = [...checkWindows(model.updates), ...preflight(model, facts)];
    if (complaints.length > 0) return refused(complaints);
    const desired = this.#product.desired(model, facts);
    const taken = await collisions(desired, facts.service, turn);
    if (taken.length > 0) return refused(taken);
    await holdForDeletion(this.#product.resource, object, model.deletionPolicy, turn);
    await adoptClaims(model, facts, turn);
    const prepared = await this.#product.prepare(model, turn);
    if (prepared.rejections.length > 0) return refused(prepared.rejections);
    const objects = [...prepared.objects, ...desired];
    const unapplied = await applyAll(objects, turn);
    if (unapplied.length > 0) return refused(unapplied);
    await markUnchanged(model.groups, facts, turn, (spec) => this.#product.parse(spec, facts));
    await pruneOthers([...objects, ...(prepared.kept ?? [])], facts.service, turn);
    await keepRevision(object.spec ?? {}, facts, turn);
    return { rejections: [], warnings: prepared.warnings ?? [] };
  }

  /** Looks at the service, shows the plan and runs what it allows now. */
  async #advance(model: Model, warnings: Rejection[], object: ServiceObject<Status>, turn: Turn): Promise<Outcome> {
    const { resource, emptyStatus } = this.#product;
    const facts = gatherFacts(turn.cache, object, model.service, emptyStatus);
    const snapshot = await this.#product.observe(model, memberViews(model.groups, facts), facts, turn);
    const operations = await beginOperations(facts, snapshot, model, turn);
    const plans = servicePlans(this.#product, { model, snapshot, operations, facts, now: turn.clock.now() });
    const { kind, namespace, name } = model.service;
    this.#options.onPlans({ kind, namespace, name }, plans);
    const status = this.#compose(model, { snapshot, plans, warnings }, facts, turn);
    const changed = await writeStatus(resource, object, status, turn);
    if (changed) notify(facts.status, status, turn);
    await showOperations(operations, plans, model, turn);
    const taken = new Set<string>();
    for (const action of plans.flatMap(dueActions)) await this.#act(action, model, snapshot, taken, turn);
    for (const action of askForPods(snapshot.members, facts, turn.clock.now()))
      await actOnWorkload(action, model.service, turn);
    return { requeueAfterMs: pause(plans, changed || !snapshot.members.every(isReady)) };
  }

  #compose(
    model: Model,
    { snapshot, plans, warnings }: { snapshot: Snapshot; plans: Plan<unknown>[]; warnings: Rejection[] },
    facts: Facts<Status>,
    turn: Turn,
  ): Status {
    const restartRequired = snapshot.members.filter(({ outdated }) => outdated === 'Operator').map(({ name }) => name);
    const { atRisk } = this.#product.restarts(model, snapshot, facts, turn.clock.now());
    const { paused = [] } = model.control;
    const retained = retainedVolumes(model, facts);
    const reported = this.#product.report(model, snapshot, facts, { plans, now: turn.clock.now() });
    const gone = membersGone(plans);
    const shown = (reported.members ?? snapshot.members.map(memberStatus)).filter(({ name }) => !gone.has(name));
    const members = withCertificates(shown, snapshot.certificates ?? new Map(), facts);
    const certificates = this.#lookAhead(model, members, warnings, facts, turn);
    return {
      ...this.#product.emptyStatus,
      ...plannedStatus({ plans, members, restartRequired, atRisk, certificates, paused }, facts, nowOf(turn)),
      version: oldestVersion(members) ?? model.version,
      ...(retained.length === 0 ? {} : { retainedVolumes: retained }),
      ...reported,
      members,
    };
  }

  /** At the end of certificates: told to metrics, and what a person should know of. */
  #lookAhead(
    { service, certificates: policy }: Model,
    members: MemberStatus[],
    warnings: Rejection[],
    facts: Facts,
    { clock }: Turn,
  ): CertificateRisk | undefined {
    const found = certificateFacts(facts);
    if (found === undefined) return undefined;
    const { kind, namespace, name } = service;
    const { record } = found;
    this.#options.onCertificates({ kind, namespace, name }, certificateEnds({ record, members }));
    return certificateRisk({ record, policy, members, warnings, now: clock.now() });
  }

  /** `taken` are members that this reconcile has taken down. */
  #act(
    action: Action | WorkloadAction,
    model: Model,
    snapshot: Snapshot,
    taken: Set<string>,
    turn: Turn,
  ): Promise<void> {
    if (!isWorkloadAction(action)) return this.#product.act(action, model, snapshot, turn);
    if (isDisruption(action)) return this.#disrupt(action, model, taken, turn);
    return actOnWorkload(action, model.service, turn);
  }

  /** What the plan saw may be old by now: the service itself is asked once more. */
  async #disrupt(action: Disruption, model: Model, taken: Set<string>, turn: Turn): Promise<void> {
    const object = turn.cache.get(this.#product.resource, refOf(turn.object));
    if (object === undefined) return;
    const facts = gatherFacts(turn.cache, object, model.service, this.#product.emptyStatus);
    const snapshot = await this.#product.observe(model, memberViews(model.groups, facts), facts, turn);
    const member = snapshot.members.find(({ name }) => name === action.pod);
    const service = this.#product.restarts(model, snapshot, facts, turn.clock.now());
    const going = snapshot.members.filter((other) => taken.has(other.name) || !isReady(other));
    const risk =
      member === undefined
        ? 'it is gone'
        : riskOfAction(action, member, besideOf(member, going, model.updates), service);
    if (risk !== undefined) return turn.log.info(`${action.pod} stays up for now: ${risk}`, { step: 'act' });
    taken.add(action.pod);
    return actOnWorkload(action, model.service, turn);
  }

  async #rejected(
    rejections: Rejection[],
    object: ServiceObject<Status>,
    facts: Facts<Status>,
    turn: Turn,
  ): Promise<Outcome> {
    const status = rejectedStatus(rejections, facts, nowOf(turn));
    if (await writeStatus(this.#product.resource, object, status, turn)) notify(facts.status, status, turn);
    return { requeueAfterMs: rejectedMs };
  }
}

interface Realised {
  rejections: Rejection[];
  /** What a person should know of, and nothing waits for. */
  warnings: Rejection[];
}

function refused(rejections: Rejection[]): Realised {
  return { rejections, warnings: [] };
}

/** How soon to look again. What status says is a fact of the next reconcile, e.g. that a quorum has formed. */
function pause(plans: Plan<unknown>[], moving: boolean): number {
  const open = plans.filter((plan) => plan.status !== 'Complete');
  if (open.length === 0) return moving ? movingMs : quietMs;
  return !moving && open.every((plan) => plan.status === 'Waiting') ? waitingMs : movingMs;
}

function checkWindows({ windows }: Updates): Rejection[] {
  return windowProblems(windows).map((problem) => reject('InvalidSpec', problem));
}

function isReady(member: ServiceSnapshot['members'][number]): boolean {
  return member.report.state === 'Ready';
}

/** What clients can count on while members differ. */
function oldestVersion(members: MemberStatus[]): string | undefined {
  const versions = members.flatMap(({ version }) => (version === undefined ? [] : [version]));
  return versions.toSorted(compareVersions)[0];
}
