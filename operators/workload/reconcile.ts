/**
 * One reconcile of one service, the same for every product: facts -> parse -> preflight -> desired -> apply -> observe
 * -> plan -> status -> act. Nothing is remembered between two reconciles except what is in the API server.
 */
import { refOfKey } from '../kube/resource.ts';
import { arrangePlan, dueActions, type Plan } from '../plan/plan.ts';
import type { Outcome, Request } from '../runtime/controller.ts';
import { actOnWorkload, isWorkloadAction } from './act.ts';
import { applyAll, collisions, pruneOthers } from './apply-desired.ts';
import { type CommonStatus, type Facts, gatherFacts, identityOf, type ServiceObject } from './facts.ts';
import type { Io, Turn } from './io.ts';
import { memberStatus, memberViews } from './members.ts';
import { notify } from './notify.ts';
import { preflight } from './preflight.ts';
import type { Product, ServiceModel, ServiceSnapshot } from './product.ts';
import type { Rejection } from './rejection.ts';
import { adoptClaims, finishDeletion, holdForDeletion, retainedVolumes } from './retention.ts';
import { plannedStatus, rejectedStatus, writeStatus } from './status.ts';
import type { WorkloadAction } from './steps.ts';

/** While a plan moves, the service itself is asked again this often; it sends no events. */
const movingMs = 500;
/** How often a quiet service is looked at. */
const quietMs = 30_000;
/** How often the cause of a rejection is looked for again; most causes also come as a change. */
const rejectedMs = 10_000;

export interface ReconcileOptions extends Io {
  /** Told of the plans each time they are computed; an empty list when the service is gone. */
  onPlans: (owner: { kind: string; namespace: string; name: string }, plans: Plan<unknown>[]) => void;
}

export function serviceReconcile<
  Status extends CommonStatus,
  Model extends ServiceModel,
  Snapshot extends ServiceSnapshot,
  Action extends { kind: string },
>(
  product: Product<Status, Model, Snapshot, Action>,
  options: ReconcileOptions,
): (request: Request) => Promise<Outcome> {
  return async ({ key, log, signal }) => {
    const ref = refOfKey(key);
    const object = options.cache.get(product.resource, ref);
    if (object === undefined) {
      options.onPlans({ kind: product.kind, namespace: ref.namespace ?? '', name: ref.name }, []);
      return {};
    }
    const turn: Turn = { ...options, object, log, signal };
    const service = identityOf(object, product.kind);
    const facts = gatherFacts(options.cache, object, service, product.emptyStatus);
    if (object.metadata.deletionTimestamp !== undefined) {
      await finishDeletion(product.resource, object, facts, turn);
      return {};
    }
    const parsed = product.parse(object.spec, facts);
    if (!parsed.ok) return rejected(product, object, parsed.rejections, facts, turn);
    const refused = await realise(product, parsed.model, object, facts, turn);
    if (refused.length > 0) return rejected(product, object, refused, facts, turn);
    return advance(product, parsed.model, object, turn, options.onPlans);
  };
}

/** Everything up to the objects being applied; what stands against it, if anything. */
async function realise<
  Status extends CommonStatus,
  Model extends ServiceModel,
  Snapshot extends ServiceSnapshot,
  Action,
>(
  product: Product<Status, Model, Snapshot, Action>,
  model: Model,
  object: ServiceObject<Status>,
  facts: Facts<Status>,
  turn: Turn,
): Promise<Rejection[]> {
  const complaints = preflight(model, facts);
  if (complaints.length > 0) return complaints;
  const desired = product.desired(model, facts);
  const taken = await collisions(desired, facts.service, turn);
  if (taken.length > 0) return taken;
  await holdForDeletion(product.resource, object, model.deletionPolicy, turn);
  await adoptClaims(model, facts, turn);
  const prepared = await product.prepare(model, turn);
  if (prepared.rejections.length > 0) return prepared.rejections;
  const objects = [...prepared.objects, ...desired];
  const refused = await applyAll(objects, turn);
  if (refused.length === 0) await pruneOthers(objects, facts.service, turn);
  return refused;
}

/** Looks at the service, shows the plan and runs what it allows now. */
async function advance<
  Status extends CommonStatus,
  Model extends ServiceModel,
  Snapshot extends ServiceSnapshot,
  Action extends { kind: string },
>(
  product: Product<Status, Model, Snapshot, Action>,
  model: Model,
  object: ServiceObject<Status>,
  turn: Turn,
  onPlans: ReconcileOptions['onPlans'],
): Promise<Outcome> {
  const facts = gatherFacts(turn.cache, object, model.service, product.emptyStatus);
  const snapshot = await product.observe(model, memberViews(model.groups, facts), turn);
  const plans = product.plan(model, snapshot, facts, turn.clock.now()).map(arrangePlan);
  const { kind, namespace, name } = model.service;
  onPlans({ kind, namespace, name }, plans);
  const status = compose(product, model, snapshot, plans, facts, turn);
  if (await writeStatus(product.resource, object, status, turn)) notify(facts.status, status, turn);
  const actions = plans.flatMap(dueActions);
  for (const action of actions) await act(product, action, model, snapshot, turn);
  const quiet = plans.every((plan) => plan.status === 'Complete') && snapshot.members.every(isReady);
  return { requeueAfterMs: quiet ? quietMs : movingMs };
}

function isReady(member: ServiceSnapshot['members'][number]): boolean {
  return member.report.state === 'Ready';
}

function compose<Status extends CommonStatus, Model extends ServiceModel, Snapshot extends ServiceSnapshot, Action>(
  product: Product<Status, Model, Snapshot, Action>,
  model: Model,
  snapshot: Snapshot,
  plans: Plan<Action | WorkloadAction>[],
  facts: Facts<Status>,
  turn: Turn,
): Status {
  const outdated = snapshot.members.filter((member) => member.outdated && isReady(member));
  const restartRequired = outdated.map((member) => member.name);
  const now = new Date(turn.clock.now()).toISOString();
  const retained = retainedVolumes(model, facts);
  const reported = product.report(model, snapshot, facts);
  const members = reported.members ?? snapshot.members.map(memberStatus);
  return {
    ...product.emptyStatus,
    ...plannedStatus({ plans, members, restartRequired }, facts, now),
    version: model.version,
    ...(retained.length === 0 ? {} : { retainedVolumes: retained }),
    ...reported,
  };
}

async function act<
  Status extends CommonStatus,
  Model extends ServiceModel,
  Snapshot extends ServiceSnapshot,
  Action extends { kind: string },
>(
  product: Product<Status, Model, Snapshot, Action>,
  action: Action | WorkloadAction,
  model: Model,
  snapshot: Snapshot,
  turn: Turn,
): Promise<void> {
  if (isWorkloadAction(action)) return actOnWorkload(action, model.service.namespace, turn);
  return product.act(action, model, snapshot, turn);
}

async function rejected<
  Status extends CommonStatus,
  Model extends ServiceModel,
  Snapshot extends ServiceSnapshot,
  Action,
>(
  product: Product<Status, Model, Snapshot, Action>,
  object: ServiceObject<Status>,
  rejections: Rejection[],
  facts: Facts<Status>,
  turn: Turn,
): Promise<Outcome> {
  const status = rejectedStatus(rejections, facts, new Date(turn.clock.now()).toISOString());
  if (await writeStatus(product.resource, object, status, turn)) notify(facts.status, status, turn);
  return { requeueAfterMs: rejectedMs };
}
