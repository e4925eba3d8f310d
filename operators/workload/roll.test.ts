import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RollOperator, type ServiceKindness, type TurnOptions } from './testing/roll-operator.ts';
import { type EventKind, RollWorld, type WorldEvent } from './testing/roll-world.ts';

/** What the world does most of the time. */
const usual: EventKind[] = ['observe', 'create', 'create', 'progress', 'progress', 'progress', 'sync', 'sync'];
const wishes: EventKind[] = ['change', 'spoil', 'revert', 'ask', 'ask', 'suspend', 'pause', 'window'];
const accidents: EventKind[] = ['crash', 'desync'];

const eventOf = (kinds: EventKind[]): fc.Arbitrary<WorldEvent> =>
  fc.record({ kind: fc.constantFrom(...kinds), choice: fc.nat(127) });

type Move = { operator: TurnOptions } | { event: WorldEvent };

/** An operator that is never disturbed, or one that sees the past, dies at any write, and is interrupted. */
function movesOf(kinds: EventKind[], disturbed: boolean): fc.Arbitrary<Move[]> {
  const turn: fc.Arbitrary<TurnOptions> = disturbed
    ? fc.record(
        { stale: fc.boolean(), writes: fc.nat(5), meanwhile: fc.array(eventOf(kinds), { maxLength: 2 }) },
        { requiredKeys: [] },
      )
    : fc.constant({});
  const move = fc.oneof(
    { weight: 2, arbitrary: turn.map((operator): Move => ({ operator })) },
    { weight: 3, arbitrary: eventOf(kinds).map((event): Move => ({ event })) },
  );
  return fc.array(move, { maxLength: 100, size: 'max' });
}

function play(world: RollWorld, kind: ServiceKindness, moves: readonly Move[]): RollOperator {
  const operator = new RollOperator(world, kind);
  for (const move of moves) {
    if ('event' in move) world.happen(move.event);
    else operator.turn(move.operator);
    assert.deepEqual(world.violations, []);
  }
  return operator;
}

/** Lets all go well until nothing is left to do. */
function finish(operator: RollOperator): void {
  const { world } = operator;
  world.calm();
  for (let round = 0; round < 40 + 4 * world.members.length * (world.operations.length + 2); round += 1) {
    operator.turn();
    if (isDone(operator)) return;
    world.pass();
  }
}

function isDone({ world, status, actions }: RollOperator): boolean {
  const complete = status.plans?.every((plan) => plan.status === 'Complete') === true;
  return (
    complete && actions.length === 0 && world.operations.every((object) => object.status?.finishedAt !== undefined)
  );
}

function summary({ status, world }: RollOperator): string {
  const pods = world.members.map(({ name, pod }) => `${name} ${pod?.state} ${pod?.template}`);
  const steps = (status.plans ?? []).flatMap((plan) =>
    plan.phases.flatMap((phase) =>
      phase.steps.map((step) => `${plan.name} ${step.name} ${step.status} ${step.message}`),
    ),
  );
  return [`template ${world.template}`, ...pods, ...steps].join('\n');
}

function assertDone(operator: RollOperator): void {
  const { world, status } = operator;
  assert.deepEqual(world.violations, []);
  const open = (status.plans ?? []).filter((plan) => plan.status !== 'Complete').map(({ name }) => name);
  assert.deepEqual(open, [], summary(operator));
  for (const { pod } of world.members) assert.deepEqual([pod?.template, pod?.state], [world.template, 'Ready']);
  const pods = new Set(world.members.map(({ pod }) => pod?.uid));
  for (const { metadata, status: of } of world.operations) {
    assert.notEqual(of?.finishedAt, undefined, `${metadata.name} is not finished`);
    assert.ok(
      of?.targets?.every(({ pod }) => pod === undefined || !pods.has(pod)),
      `${metadata.name} restarted nobody`,
    );
  }
  assert.deepEqual(operator.actions, []);
}

/** However often it looks again. */
function assertQuiet(operator: RollOperator): void {
  operator.turn();
  const { status } = operator;
  const before = structuredClone(operator.world.members);
  for (let turn = 0; turn < 3; turn += 1) operator.turn();
  assert.deepEqual(operator.actions, []);
  assert.deepEqual(operator.world.members, before);
  assert.deepEqual(operator.status, status);
}

function assertHistory({ history }: RollOperator): void {
  assert.deepEqual(history.seen.toSorted(), history.expected.toSorted());
}

const all = [...usual, ...usual, ...wishes, ...accidents];
/** Pods come back with whatever spec there is then. */
const lossy: EventKind[] = [...all, 'evict', 'evict'];

interface Scene {
  service: ServiceKindness;
  events: EventKind[];
  disturbed: boolean;
  /** Leadership has to be given back to a member. */
  leaders?: boolean;
  /** Tried each time, with three members: `event`, `event:choice`, `turn`, or `turn:event` that happens meanwhile. */
  examples?: string[];
}

/**
 * Where a member that has yet to settle is to restart again and is paused, or where there are two of that kind, the
 * budget knows nothing of it: then only the service can say no.
 */
const orderly = all.filter((kind) => kind !== 'pause' && kind !== 'crash');

const careful: ServiceKindness = { careful: true, recheck: false, ownWrites: false };
const undisturbed: Scene = { service: careful, events: [...all, 'cancel'], disturbed: false };
const disturbed: Scene = { service: { ...careful, recheck: true }, events: [...all, 'cancel'], disturbed: true };

function check(
  { service, events, disturbed, leaders = false, examples = [] }: Scene,
  then: (operator: RollOperator) => void,
): void {
  const count = fc.integer({ min: 3, max: 7 });
  fc.assert(
    fc.property(count, movesOf(events, disturbed), (members, moves) =>
      then(play(new RollWorld(members, !leaders), service, moves)),
    ),
    { numRuns: 100, examples: examples.map((words): [number, Move[]] => [3, words.split(' ').map(moveOf)]) },
  );
}

function moveOf(word: string): Move {
  const [name = '', detail] = word.split(':');
  if (name !== 'turn') return { event: { kind: kindOf(name), choice: Number(detail ?? 0) } };
  return { operator: { meanwhile: detail === undefined ? [] : [{ kind: kindOf(detail), choice: 0 }] } };
}

function kindOf(name: string): EventKind {
  const kind = [...all, ...lossy].find((known) => known === name);
  if (kind === undefined) throw new Error(`no event ${name}`);
  return kind;
}

describe('a roll of restarts', function () {
  this.timeout(60_000);

  it('is one step from its beginning to its end, and no recovery beside it', () => {
    const world = new RollWorld(3, true);
    const operator = new RollOperator(world, careful);
    const shown = ['change observe', '', 'progress', 'create', 'progress', 'sync'].map((words) => {
      for (const kind of words.split(' ').filter((word) => word !== ''))
        world.happen({ kind: kindOf(kind), choice: 0 });
      operator.turn();
      const { plans = [] } = operator.status;
      const steps = plans.flatMap(({ phases }) => phases).flatMap((phase) => phase.steps);
      const own = steps.filter(({ member }) => member === world.members[0]?.name);
      return [...plans.map(({ name }) => name), ...own.map(({ name, status }) => `${name} ${status}`)].join(' ');
    });
    const said = (status: string): string => `deploy demo-kafka-0:[restart] ${status}`;
    assert.deepEqual(shown, [
      said('Starting'),
      ...Array.from({ length: 4 }, () => said('InProgress')),
      said('Complete'),
    ]);
  });

  it('takes down one member at a time, and none while the service cannot bear it', () => check(undisturbed, () => {}));

  it('takes down one member at a time, also in a service that bears everything', () =>
    check(
      {
        ...undisturbed,
        service: { ...careful, careful: false },
        events: orderly,
        examples: [
          // Both members are to go back to the old spec, and the second one has not settled with the new one.
          'change observe turn progress create progress sync turn progress create revert observe progress turn',
          // It is to restart again outside of the window, and an operation wants another one.
          'change observe ask:1 turn progress create spoil window observe progress turn',
          // An operation takes over a member that another spec has begun with.
          'spoil observe turn change progress observe create ask:6 turn progress turn',
        ],
      },
      () => {},
    ));

  it('keeps to that with crashes, old views and surprises, as the service is asked once more', () =>
    check(disturbed, () => {}));

  it('comes to its end once all goes well, and then to rest', () =>
    check(disturbed, (operator) => {
      finish(operator);
      assertDone(operator);
      assertQuiet(operator);
    }));

  it('leaves each plan in the history once', () =>
    check(disturbed, (operator) => {
      assertHistory(operator);
      finish(operator);
      assertHistory(operator);
    }));

  it('has no member out of its sight before nothing is missing of it any more', () =>
    check(
      {
        ...disturbed,
        service: { ...disturbed.service, ownWrites: true },
        events: all,
        // Two plans have the member in their hands, and one of them waits for the other.
        examples: ['ask:73 turn progress create change progress crash:1 turn:progress turn revert:8 turn'],
      },
      ({ forgotten }) => assert.deepEqual(forgotten, []),
    ));

  it('gives each member its leadership back before the next one goes down', () =>
    // The leadership of one member is given back by an operation while the deployment wants to restart others.
    check({ ...undisturbed, events: orderly, leaders: true, examples: ['ask:1 turn change'] }, (operator) => {
      assert.deepEqual(operator.forgotten, []);
      finish(operator);
      assertDone(operator);
    }));

  it('comes to its end also where pods are lost, and come back from a spec that no process starts with', () =>
    check({ ...disturbed, events: lossy, examples: ['spoil observe evict evict:1 create create'] }, (operator) => {
      finish(operator);
      assertDone(operator);
    }));
});
