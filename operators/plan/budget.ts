/**
 * One disruption budget for all plans of a service: no step takes a member down while another one is, and no two steps
 * touch one member. Plans come in the order of their right of way.
 */
import { listed } from './listed.ts';
import { changeSteps, type Plan, type Step, stepsOf } from './plan.ts';

export interface Budget {
  /** Members that do not serve now, whatever the cause. */
  down: ReadonlySet<string>;
  /** The failure domain of a member; undefined where it is not known, and shared with nobody then. */
  rackOf(member: string): string | undefined;
  /** How many members of one rack may be taken down together; one unless it is more. */
  perRack: number;
}

export function withinBudget<Action>(plans: readonly Plan<Action>[], budget: Budget): Plan<Action>[] {
  const spending = new Spending(budget, plans);
  return plans.map((plan) => changeSteps(plan, (step) => spending.admit(step, plan)));
}

class Spending {
  readonly #budget: Budget;
  /** Who is down, or is about to be. */
  readonly #victims: Set<string>;
  /** Which plan has a member in its hands. */
  readonly #hands = new Map<string, Set<Plan<unknown>>>();

  constructor(budget: Budget, plans: readonly Plan<unknown>[]) {
    this.#budget = budget;
    const running = plans.flatMap((plan) =>
      stepsOf(plan)
        .filter(isRunning)
        .map((step) => ({ plan, step })),
    );
    for (const { plan, step } of running) if (step.member !== undefined) this.#take(step.member, plan);
    const disrupted = running.flatMap(({ step }) =>
      step.disruptive && step.member !== undefined ? [step.member] : [],
    );
    this.#victims = new Set([...budget.down, ...disrupted]);
  }

  admit<Action>(step: Step<Action>, plan: Plan<Action>): Step<Action> {
    const { member } = step;
    if (step.action === undefined || member === undefined) return step;
    const holders = [...(this.#hands.get(member) ?? [])];
    const holder = holders.find((other) => other !== plan);
    if (holder !== undefined && !(step.midway && holders[0] === plan))
      return waiting(step, `waits for plan ${holder.name}, which has this member in its hands`);
    // What is done to a member that is down anyway takes nothing down.
    const takesDown = step.disruptive === true && !step.midway && !this.#budget.down.has(member);
    const others = takesDown ? [...this.#victims].filter((victim) => victim !== member) : [];
    if (others.length > 0 && !this.#isBorne(others, member))
      return waiting(step, `waits until ${listed(others)} ${others.length === 1 ? 'is' : 'are'} back`);
    this.#take(member, plan);
    if (step.disruptive) this.#victims.add(member);
    return step;
  }

  #take(member: string, plan: Plan<unknown>): void {
    this.#hands.set(member, (this.#hands.get(member) ?? new Set()).add(plan));
  }

  /** All of one rack, and no more of them than it may lose. */
  #isBorne(others: readonly string[], member: string): boolean {
    const { perRack, rackOf } = this.#budget;
    const rack = rackOf(member);
    return rack !== undefined && others.length < perRack && others.every((other) => rackOf(other) === rack);
  }
}

function isRunning(step: Step<unknown>): boolean {
  return step.status === 'InProgress' || step.midway === true || (step.status === 'Error' && step.disruptive === true);
}

function waiting<Action>(step: Step<Action>, message: string): Step<Action> {
  const { action: _, ...rest } = step;
  return { ...rest, status: 'Waiting', message };
}
