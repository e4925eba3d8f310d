/** One operator in a `RollWorld`: what a reconcile does once it has applied everything, with crashes and old views. */
import type { ServiceOperationStatus } from '../../../crds/service-operation.ts';
import type { FinishedPlan } from '../../../crds/status.ts';
import { dueActions, type Plan, type PlanDraft, type Progress, type StepDraft, stepsOf } from '../../plan/plan.ts';
import type { CommonStatus, Facts } from '../facts.ts';
import { podProgress, type WorkloadAction } from '../members/steps.ts';
import { beginning, type Operation, operationStatus, readOperations } from '../operations/operations.ts';
import type { ServiceModel } from '../product.ts';
import type { RestartService } from '../restart.ts';
import { servicePlans } from '../service-plans.ts';
import { plannedStatus } from '../status.ts';
import type { Elect } from './restarts.ts';
import type { RollView, RollWorld, WorldEvent, WorldMember } from './roll-world.ts';
import { factsOf, serviceModel } from './services.ts';

export interface ServiceKindness {
  /** Every other member must serve and be in sync before one goes down. */
  careful: boolean;
  /** Asks the service again just before each restart. */
  recheck: boolean;
  /** An old view has what the operator did itself, as its writes go through its cache. */
  ownWrites: boolean;
}

export interface TurnOptions {
  /** It sees the members as they were in the turn before. */
  stale?: boolean;
  /** It dies after so many writes. */
  writes?: number;
  /** What happens between the plan and each of its actions. */
  meanwhile?: WorldEvent[];
}

type AnyAction = Elect | WorkloadAction;

class Crashed extends Error {}

export class RollOperator {
  readonly world: RollWorld;
  readonly #kind: ServiceKindness;
  status: CommonStatus = {};
  /** Of the last turn. */
  actions: AnyAction[] = [];
  readonly history = new HistoryWatch();
  /** Restarts that were over too early. */
  readonly forgotten: string[] = [];
  #last: WorldMember[];
  #left = Number.POSITIVE_INFINITY;

  constructor(world: RollWorld, kind: ServiceKindness) {
    this.world = world;
    this.#kind = kind;
    this.#last = structuredClone(world.members);
  }

  turn({ stale = false, writes = Number.POSITIVE_INFINITY, meanwhile = [] }: TurnOptions = {}): void {
    const views = this.world.views(stale ? this.#last : this.world.members);
    this.#last = structuredClone(this.world.members);
    this.#left = writes;
    try {
      this.#reconcile(views, meanwhile);
    } catch (error) {
      if (!(error instanceof Crashed)) throw error;
    }
    this.world.now += 1_000;
  }

  /** In the order of the real one: operations begin, plans, status, operations show, actions. */
  #reconcile(views: RollView[], meanwhile: WorldEvent[]): void {
    const { operations: objects, revision } = this.world;
    const facts = factsOf(this.status, { operations: objects, revision });
    const operations = readOperations(facts, views, []).flatMap((reading) =>
      reading.kind === 'Operation' && reading.operation.status.finishedAt === undefined
        ? [this.#begin(reading.operation, views)]
        : [],
    );
    const plans = this.#plans(views, operations, facts);
    this.world.planned();
    this.#checkHolds(plans, operations);
    const paused = this.world.control.paused ?? [];
    const input = { plans, members: [], restartRequired: [], atRisk: undefined, certificates: undefined, paused };
    const status = plannedStatus(input, facts, this.#now);
    this.#checkTaken(plans);
    this.#write(() => {
      this.history.saw(this.status, status);
      this.status = status;
    });
    for (const operation of operations) this.#show(operation, plans);
    this.actions = plans.flatMap(dueActions);
    for (const [index, action] of this.actions.entries()) {
      const event = meanwhile[index];
      if (event !== undefined) this.world.happen(event);
      this.#write(() => this.#act(action));
    }
  }

  get #now(): string {
    return new Date(this.world.now).toISOString();
  }

  #write(change: () => void): void {
    if (this.#left <= 0) throw new Crashed('no more');
    this.#left -= 1;
    change();
  }

  #begin(operation: Operation, views: RollView[]): Operation {
    const { behind, spec, status } = operation;
    if (status.startedAt !== undefined || behind !== undefined || spec.suspend) return operation;
    const begun = { ...status, ...beginning(operation, views, this.#now) };
    this.#write(() => this.#store(operation.name, begun));
    return { ...operation, status: begun };
  }

  #show(operation: Operation, plans: Plan<AnyAction>[]): void {
    const plan = plans.find(({ name }) => name === operation.name);
    if (plan === undefined) return;
    const status = operationStatus(operation, plan, [], this.#now);
    this.#write(() => this.#store(operation.name, status));
  }

  #store(name: string, status: ServiceOperationStatus): void {
    const { operations } = this.world;
    const index = operations.findIndex(({ metadata }) => metadata.name === name);
    const object = operations[index];
    if (object !== undefined) operations[index] = { ...object, status };
  }

  #plans(views: RollView[], operations: Operation[], facts: Facts): Plan<AnyAction>[] {
    const { now, control, windowClosed } = this.world;
    const { updates } = serviceModel();
    const windows = windowClosed ? [{ schedule: '0 3 1 1 *', duration: '1m', timeZone: 'UTC' }] : [];
    const model = serviceModel({ control, updates: { ...updates, windows } });
    const product = {
      plan: (_model: ServiceModel, snapshot: { members: RollView[] }): PlanDraft<AnyAction>[] =>
        ownPlans(snapshot.members, facts.revision, now),
      restarts: (_model: ServiceModel, snapshot: { members: RollView[] }) => this.#restarts(snapshot.members),
    };
    return servicePlans(product, { model, snapshot: { members: views }, operations, facts, now });
  }

  #restarts(views: RollView[]): RestartService<RollView, Elect> {
    const { careful } = this.#kind;
    return {
      ordered: views,
      leaving: [],
      rackOf: () => undefined,
      drainHolds: false,
      drained: () => ({ kind: 'Complete' }),
      released: () => ({ kind: 'Complete' }),
      forgotten: () => ({ kind: 'Complete' }),
      atRisk: undefined,
      risk: ({ name }) => (careful ? riskOf(name, views) : undefined),
      lossRisk: () => 'nothing is destroyed here',
      starting: (member) => startProgress(member, this.world.now),
      settled: ({ name, inSync, leads }) => {
        if (!inSync) return { kind: 'InProgress', message: 'is not in sync' };
        if (leads) return { kind: 'Complete' };
        return { kind: 'Due', action: { kind: 'Elect', member: name }, message: 'takes back its leadership' };
      },
    };
  }

  #act(action: AnyAction): void {
    this.#perform(action);
    if (!this.#kind.ownWrites) return;
    const touched = 'pod' in action ? this.world.find(action.pod) : undefined;
    this.#last = this.#last.map((member) => (member.name === touched?.name ? structuredClone(touched) : member));
  }

  #perform(action: AnyAction): void {
    switch (action.kind) {
      case 'RestartMember': {
        const risk = riskOf(action.pod, this.world.views());
        if (risk !== undefined && this.#kind.recheck) return;
        if (risk !== undefined && this.#kind.careful) this.world.violations.push(`${action.pod} restarts: ${risk}`);
        this.world.restart(action.pod, action.uid);
        return;
      }
      case 'ReplacePod':
        this.world.replace(action.pod, action.uid);
        return;
      case 'Elect':
        this.world.elect(action.member);
        return;
      default:
        this.world.violations.push(`nobody asked for ${action.kind}`);
    }
  }

  /** What is paused, suspended or outside of its window begins nothing. */
  #checkHolds(plans: Plan<AnyAction>[], operations: Operation[]): void {
    for (const plan of plans) {
      const held =
        this.world.control.paused?.includes(plan.name) === true ||
        (plan.name === 'deploy' && this.world.windowClosed) ||
        operations.some(({ name, spec, behind }) => name === plan.name && (spec.suspend || behind !== undefined));
      const begins = dueActions(plan).some(({ kind }) => kind === 'RestartMember');
      if (held && begins) this.world.violations.push(`plan ${plan.name} is held and begins a step`);
    }
  }

  /** Whom a plan has taken down it keeps in sight until nothing is missing any more. */
  #checkTaken(plans: Plan<AnyAction>[]): void {
    const open = plans
      .flatMap(stepsOf)
      .filter(({ name, status }) => name.endsWith('[restart]') && status !== 'Complete');
    const seen = new Set(open.map(({ member }) => member));
    const forgotten = [...this.world.taken].filter((name) => !seen.has(name));
    if (forgotten.length > 0) this.forgotten.push(`${forgotten} had not settled when its restart was over`);
  }
}

function riskOf(name: string, views: readonly RollView[]): string | undefined {
  const bad = views.find((other) => other.name !== name && (other.report.state !== 'Ready' || !other.inSync));
  return bad === undefined ? undefined : `${bad.name} does not serve or is not in sync`;
}

function startProgress(view: RollView, now: number): Progress<WorkloadAction> {
  return podProgress(view, now) ?? { kind: 'InProgress', message: 'the process starts' };
}

/** What any product plans by itself of members that have all served before. */
function ownPlans(views: readonly RollView[], revision: string, now: number): PlanDraft<AnyAction>[] {
  const deploy: PlanDraft<AnyAction> = { name: 'deploy', revision, strategy: 'Parallel', phases: [] };
  const failed = views.filter(({ report }) => report.state !== 'Ready');
  if (failed.length === 0) return [deploy];
  const steps = failed.map((view): StepDraft<AnyAction> => {
    const progress = startProgress(view, now);
    return { name: `${view.name}:[recover]`, reason: 'MemberFailed', progress, member: view.name };
  });
  const phases = [{ name: 'members', strategy: 'Parallel' as const, steps }];
  return [deploy, { name: 'recovery', revision: 'recovery', strategy: 'Parallel', phases }];
}

/** Compares what the history says with what the shown plans have come to. */
class HistoryWatch {
  /** Plans that were shown with something to do, by name. */
  readonly #open = new Map<string, string>();
  readonly expected: string[] = [];
  readonly seen: string[] = [];

  saw(before: CommonStatus, after: CommonStatus): void {
    const known = new Set((before.history ?? []).map(keyOf));
    const fresh = (after.history ?? []).filter((entry) => !known.has(keyOf(entry)));
    this.seen.push(...fresh.map(({ name, revision }) => `${name}@${revision}`));
    const plans = new Map((after.plans ?? []).map((plan) => [plan.name, plan]));
    for (const [name, revision] of this.#open) {
      const plan = plans.get(name);
      if (plan?.revision === revision && plan.status !== 'Complete') continue;
      this.expected.push(`${name}@${revision}`);
      this.#open.delete(name);
    }
    for (const { name, revision = '', status } of plans.values())
      if (status !== 'Complete') this.#open.set(name, revision);
  }
}

function keyOf({ name, revision, startedAt, finishedAt }: FinishedPlan): string {
  return [name, revision, startedAt, finishedAt].join(' ');
}
