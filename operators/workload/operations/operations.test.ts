import assert from 'node:assert/strict';
import type { ServiceOperationStatus } from '../../../crds/service-operation.ts';
import { statusShape } from '../../../crds/status.ts';
import { ApiError } from '../../kube/api.ts';
import { arrangePlan, type Plan, type Progress } from '../../plan/plan.ts';
import { recordPlan } from '../../plan/record.ts';
import type { MemberView } from '../members/members.ts';
import { claimOf, readyPod } from '../testing/objects.ts';
import { factsOf, groupOf, operationOf, serviceOf, viewOf } from '../testing/services.ts';
import { testTurn } from '../testing/turn.ts';
import {
  beginning,
  beginOperations,
  expire,
  type Operation,
  type OperationObject,
  operationResource,
  operationStatus,
  readOperations,
  refusedStatus,
  showOperations,
  wantedMembers,
  writeOperation,
} from './operations.ts';

const before = '2026-01-01T00:00:00.000Z';
const now = '2026-01-01T00:05:00.000Z';
const [a, b, c] = ['demo-kafka-0', 'demo-kafka-1', 'demo-broker-1000'] as const;
const broker = groupOf({ name: 'demo-broker', group: 'broker' });
const members: MemberView[] = [viewOf(a), viewOf(b), viewOf(c, { group: broker })];

const finished: ServiceOperationStatus = { startedAt: before, finishedAt: before };
const complete: ServiceOperationStatus = {
  startedAt: before,
  plan: { name: 'x', strategy: 'Serial', status: 'Complete', phases: [] },
};

/** `name`, `name behind other` or `name: why it is refused`, of each. */
function read(...operations: OperationObject[]): string[] {
  return readOperations(factsOf({}, { operations }), members, []).map((reading) => {
    if (reading.kind === 'Refused') return `${reading.object.metadata.name}: ${reading.message}`;
    const { name, behind } = reading.operation;
    return behind === undefined ? name : `${name} behind ${behind}`;
  });
}

function operation(object: OperationObject): Operation {
  const [reading] = readOperations(factsOf({}, { operations: [object] }), members, []);
  if (reading?.kind !== 'Operation') assert.fail('is refused');
  return reading.operation;
}

describe('the operations on a service', () => {
  const early = operationOf('z', { created: '2025-12-31T00:00:00Z' });
  const table: [string, OperationObject[], string[]][] = [
    [
      'go on in the order in which they were made',
      [operationOf('b'), operationOf('a'), early],
      ['z', 'a behind z', 'b behind z'],
    ],
    ['are not behind one that is finished', [operationOf('a', { status: finished }), operationOf('b')], ['a', 'b']],
    [
      'are not behind one that has nothing more to do',
      [operationOf('a', { status: complete }), operationOf('b')],
      ['a', 'b'],
    ],
    [
      'are behind one that has begun',
      [operationOf('a', { status: { startedAt: before } }), operationOf('b')],
      ['a', 'b behind a'],
    ],
    [
      'are behind no one that is refused',
      [operationOf('a', { spec: { members: ['nobody'] } }), operationOf('b')],
      [`a: there is no member nobody; there are ${a}, ${b}, ${c}`, 'b'],
    ],
    [
      'are refused with the name of a plan of the service, which status can hold only once',
      ['deploy', 'recovery', 'decommission', 'certificates'].map((name) => operationOf(name)),
      ['certificates', 'decommission', 'deploy', 'recovery'].map(
        (name) => `${name}: ${name} is the name of a plan of the service: choose another`,
      ),
    ],
    [
      'are refused with a pool that there is not',
      [operationOf('a', { spec: { groups: ['kafka', 'other'] } })],
      ['a: there is no pool or rack other; there are kafka, broker'],
    ],
    [
      'are no longer refused once they are over',
      [operationOf('a', { spec: { members: ['nobody'] }, status: finished })],
      ['a'],
    ],
    [
      'are refused with a spec that is no spec',
      [operationOf('a', { spec: { type: 'Replace', members: [a, b] } })],
      ['a: spec.members: name exactly one member in members: only a Restart may touch several'],
    ],
    [
      'take names of members and pools that there are',
      [operationOf('a', { spec: { members: [c], groups: ['kafka'] } })],
      ['a'],
    ],
  ];
  for (const [what, operations, expected] of table) it(what, () => assert.deepEqual(read(...operations), expected));

  it('are refused without a type and without a service', () => {
    const { spec: _, ...bare } = operationOf('a');
    assert.match(read(bare)[0] ?? '', /^a: spec/);
    assert.match(read({ ...bare, spec: { service: 1 } })[0] ?? '', /spec\.service: .*; spec\.type: /);
  });

  it('name the first ten members that there are', () => {
    const many = Array.from({ length: 12 }, (_, index) => viewOf(`m${index}`));
    const facts = factsOf({}, { operations: [operationOf('a', { spec: { members: ['nobody'] } })] });
    const [reading] = readOperations(facts, many, []);
    assert.match(reading?.kind === 'Refused' ? reading.message : '', /m8, m9 and 2 more$/);
  });
});

describe('the members of an operation', () => {
  const table: [string, Parameters<typeof operationOf>[1], string[]][] = [
    ['are all', {}, [a, b, c]],
    ['are those that it names', { spec: { members: [b] } }, [b]],
    ['are those of the pools that it names', { spec: { groups: ['broker'] } }, [c]],
    ['are both', { spec: { members: [b], groups: ['broker'] } }, [b, c]],
  ];
  for (const [what, parts, expected] of table) {
    it(what, () => {
      const { spec } = operation(operationOf('x', parts));
      assert.deepEqual(
        wantedMembers(spec, members).map(({ name }) => name),
        expected,
      );
    });
  }

  it('are written down with the pods and volumes that they have at the beginning', () => {
    const pod = readyPod(a, { uid: 'pod-1' });
    const claims = [claimOf('data', serviceOf(), { uid: 'claim-1' }), claimOf('more', serviceOf(), { uid: 'claim-2' })];
    const views = [viewOf(a, { pod, claims }), viewOf(b, { pod: undefined, claims: [] })];
    assert.deepEqual(beginning(operation(operationOf('x')), views, now), {
      startedAt: now,
      targets: [
        { name: a, pod: 'pod-1', claims: ['claim-1', 'claim-2'] },
        { name: b, claims: [] },
      ],
    });
  });
});

function planOf(progress: Progress<string>, name = 'x'): Plan<string> {
  const steps = [{ name: `${a}:[restart]`, reason: 'OperationRequested' as const, progress, member: a }];
  return arrangePlan({
    name,
    revision: 'uid-x',
    strategy: 'Serial',
    phases: [{ name: 'restart', strategy: 'Serial', steps }],
  });
}

const moving = planOf({ kind: 'InProgress', message: 'starts' });
const done = planOf({ kind: 'Complete' });

describe('the status of an operation', () => {
  const said = ({ conditions = [] }: ServiceOperationStatus): string[] =>
    conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`);

  const table: [string, Plan<string>, string[], string][] = [
    [
      'says how far it is',
      moving,
      [
        `Ready=False PlanNotComplete: ${a}:[restart]: starts`,
        `Reconciling=True PlanInProgress: ${a}:[restart]: starts`,
      ],
      'x InProgress 0/1',
    ],
    [
      'says that it has failed',
      planOf({ kind: 'Error', message: 'is broken' }),
      [`Ready=False PlanNotComplete: ${a}:[restart]: is broken`, `Stalled=True StepFailed: ${a}:[restart]: is broken`],
      'x Error 0/1',
    ],
    ['says that it is done', done, ['Ready=True Complete: plan x is complete'], 'x Complete 1/1'],
  ];
  for (const [what, plan, expected, progress] of table) {
    it(what, () => {
      const status = operationStatus(operation(operationOf('x', { generation: 7 })), plan, [], now);
      assert.deepEqual(said(status), expected);
      assert.equal(status.progress, progress);
      assert.equal(status.observedGeneration, 7);
      assert.equal(status.plan?.revision, 'uid-x');
    });
  }

  const status = (stored: ServiceOperationStatus, plan: Plan<string>, at = now): ServiceOperationStatus =>
    operationStatus(operation(operationOf('x', { status: stored })), plan, [], at);

  it('says when it has finished, once and for all', () => {
    assert.equal(status({ startedAt: before }, moving).finishedAt, undefined);
    const first = status({ startedAt: before }, done);
    assert.equal(first.finishedAt, now);
    assert.equal(status(first, done, '2027-01-01T00:00:00.000Z').finishedAt, now);
    assert.equal(status(first, moving, '2027-01-01T00:00:00.000Z').finishedAt, now);
  });

  it('never says so of a pause, which lasts as long as the object is there', () => {
    const object = operationOf('x', { spec: { type: 'Pause', members: [a] } });
    assert.equal(operationStatus(operation(object), done, [], now).finishedAt, undefined);
  });

  it('keeps what it began with', () => {
    const targets = [{ name: a, pod: 'pod-1', claims: [] }];
    const { startedAt, targets: kept } = status({ startedAt: before, targets }, done);
    assert.deepEqual([startedAt, kept], [before, targets]);
  });

  it('is the same again later while nothing moves', () => {
    const first = status({ startedAt: before }, moving, before);
    assert.deepEqual(status(first, moving), first);
  });

  it('says why it is refused and keeps the rest', () => {
    const object = operationOf('x', { generation: 2, status: { startedAt: before, progress: 'p' } });
    const refused = refusedStatus(object, 'there is no member y', now);
    assert.deepEqual(said(refused), [
      'Ready=False InvalidOperation: there is no member y',
      'Stalled=True InvalidOperation: there is no member y',
    ]);
    assert.deepEqual([refused.startedAt, refused.progress, refused.observedGeneration], [before, 'p', 2]);
  });
});

/** A turn over an API server that holds these operations. */
async function world(...objects: OperationObject[]) {
  const { turn, api, put } = testTurn(operationOf('service'));
  const stored: OperationObject[] = [];
  for (const object of objects) stored.push(await put(operationResource, object));
  const facts = factsOf({}, { operations: stored });
  const written = (): string[] => api.writes().map(({ verb, key }) => `${verb} ${key.split('/').at(-1)}`);
  return { turn, api, stored, facts, written, time: new Date(turn.clock.now()).toISOString() };
}

describe('operations are written', () => {
  it('only when something is to be said', async () => {
    const { turn, stored, written } = await world(operationOf('x', { status: { startedAt: before } }));
    const [object] = stored;
    assert.ok(object !== undefined);
    assert.equal(await writeOperation(object, { startedAt: before }, turn), false);
    assert.deepEqual(written(), []);
    assert.equal(await writeOperation(object, { startedAt: now }, turn), true);
    assert.deepEqual(written(), ['apply x']);
    assert.equal(turn.cache.get(operationResource, { namespace: 'ns', name: 'x' })?.status?.startedAt, now);
  });

  it('when they begin, the first that may, with what there is then', async () => {
    const { turn, facts, written, time } = await world(
      operationOf('a', { status: { ...finished, finishedAt: '2030-01-01T00:00:00.000Z' } }),
      operationOf('b', { spec: { members: [b] } }),
      operationOf('c'),
    );
    const begun = await beginOperations(facts, { members }, { stacks: [] }, turn);
    assert.deepEqual(written(), ['apply b']);
    assert.deepEqual(
      begun.map(({ name, status }) => [name, status.startedAt]),
      [
        ['b', time],
        ['c', undefined],
      ],
    );
    const targets = [{ name: b, pod: `uid-${b}`, claims: [`uid-data-${b}`] }];
    assert.deepEqual(begun[0]?.status.targets, targets);
    assert.deepEqual(turn.cache.get(operationResource, { namespace: 'ns', name: 'b' })?.status?.targets, targets);
  });

  it('when they are over and their time is up, for the last time', async () => {
    const { turn, facts, written } = await world(operationOf('a', { status: finished }));
    assert.deepEqual(await beginOperations(facts, { members }, { stacks: [] }, turn), []);
    assert.deepEqual(written(), ['remove a']);
  });

  it('no more at once than status has room for', async () => {
    const { turn, facts } = await world(...Array.from({ length: 40 }, (_, index) => operationOf(`x${index}`)));
    const plans = (await beginOperations(facts, { members }, { stacks: [] }, turn)).map(({ name }) =>
      recordPlan(planOf({ kind: 'Complete' }, name), undefined, now),
    );
    assert.ok(plans.length > 1);
    const own = ['deploy', 'recovery'].map((name) => recordPlan(planOf({ kind: 'Complete' }, name), undefined, now));
    assert.ok(statusShape().plans.safeParse([...own, ...plans]).success, `${plans.length} plans`);
  });

  it('when they begin, once', async () => {
    const status = { startedAt: before, targets: [{ name: a, pod: 'old', claims: [] }] };
    const { turn, facts, written } = await world(operationOf('a', { status }));
    assert.deepEqual((await beginOperations(facts, { members }, { stacks: [] }, turn))[0]?.status, status);
    assert.deepEqual(written(), []);
  });

  it('not as begun while they are suspended', async () => {
    const { turn, facts, written } = await world(operationOf('a', { spec: { suspend: true } }));
    assert.equal((await beginOperations(facts, { members }, { stacks: [] }, turn))[0]?.status.startedAt, undefined);
    assert.deepEqual(written(), []);
  });

  it('when they are refused, once', async () => {
    const { turn, facts, written } = await world(operationOf('a', { spec: { members: ['nobody'] } }));
    assert.deepEqual(await beginOperations(facts, { members }, { stacks: [] }, turn), []);
    const object = turn.cache.get(operationResource, { namespace: 'ns', name: 'a' });
    assert.equal(object?.status?.conditions?.[0]?.reason, 'InvalidOperation');
    assert.deepEqual(written(), ['apply a']);
    await beginOperations(
      factsOf({}, { operations: object === undefined ? [] : [object] }),
      { members },
      { stacks: [] },
      turn,
    );
    assert.deepEqual(written(), ['apply a']);
  });

  it('with the plan that carries them out', async () => {
    const { turn, facts } = await world(operationOf('x'), operationOf('y'));
    const begun = await beginOperations(facts, { members }, { stacks: [] }, turn);
    await showOperations(begun, [planOf({ kind: 'Complete' }, 'deploy'), moving], { stacks: [] }, turn);
    const shown = (name: string) => turn.cache.get(operationResource, { namespace: 'ns', name })?.status?.plan?.status;
    assert.deepEqual([shown('x'), shown('y')], ['InProgress', undefined]);
  });
});

describe('an operation that is over', () => {
  async function removed(finishedAgo: number | undefined, ttlSeconds: number, refuse?: Error): Promise<string[]> {
    const { turn, api, written } = await world();
    const end = new Date(turn.clock.now() - (finishedAgo ?? 0) * 1000).toISOString();
    const status = finishedAgo === undefined ? {} : { finishedAt: end };
    if (refuse !== undefined) {
      api.before = ({ verb }) => {
        if (verb === 'remove') throw refuse;
      };
    }
    await expire(operation(operationOf('x', { spec: { ttlSeconds }, status })), turn);
    return written();
  }

  const table: [string, Parameters<typeof removed>, string[]][] = [
    ['goes when its time is up', [60, 60], ['remove x']],
    ['stays until then', [59, 60], []],
    ['goes at once if it is to', [0, 0], ['remove x']],
    ['stays for as long as it is not over', [undefined, 0], []],
    ['is left to whoever has taken its name', [60, 60, new ApiError(409, 'Conflict', 'another uid')], ['remove x']],
  ];
  for (const [what, given, expected] of table)
    it(what, async () => assert.deepEqual(await removed(...given), expected));

  it('goes by its uid', async () => {
    const { turn, api } = await world();
    await expire(operation(operationOf('x', { uid: 'u1', spec: { ttlSeconds: 0 }, status: finished })), turn);
    assert.deepEqual(api.writes()[0]?.body, { uid: 'u1' });
  });

  it('is heard of when it cannot go', () =>
    assert.rejects(removed(60, 60, new ApiError(500, 'InternalError', 'etcd')), /etcd/));
});
