import assert from 'node:assert/strict';
import type { PlanStatus } from '../../../crds/status.ts';
import { arrangePlan, dueActions, type Plan, type Progress } from '../../plan/plan.ts';
import type { MemberView } from '../members/members.ts';
import type { WorkloadAction } from '../members/steps.ts';
import { claimOf } from '../testing/objects.ts';
import { type Elect, elect, restartService, type TestService } from '../testing/restarts.ts';
import { serviceOf, viewOf } from '../testing/services.ts';
import { type DecommissionWish, decommissionPlan, membersGone } from './decommission.ts';

const a = 'demo-kafka-4';
const wish: DecommissionWish = { status: {}, hold: undefined, policy: 'Retain' };
const claims = [{ name: `data-${a}`, uid: `uid-data-${a}` }];
const stopped = { pod: undefined, report: { state: 'Absent', message: '' } } as const;
const retired = { retired: true, claims: [claimOf(`data-${a}`, serviceOf(), { retired: true })] };
const silent: Progress<Elect> = { kind: 'Waiting', message: 'nobody answers' };

function planFor(parts: Partial<MemberView>, service: Partial<TestService>, over: Partial<DecommissionWish> = {}) {
  const leaving = [viewOf(a, { leaving: true, joined: true, ...parts })];
  const [draft] = decommissionPlan(restartService([], { leaving, ...service }), { ...wish, ...over });
  assert.ok(draft !== undefined);
  return arrangePlan(draft);
}

function standing(plan: Plan<unknown>): string {
  return plan.phases.flatMap(({ steps }) => steps.map(({ name, status }) => `${name.split(':')[1]} ${status}`)).join();
}

const begun: PlanStatus = {
  name: 'decommission',
  status: 'InProgress',
  strategy: 'Serial',
  phases: [
    { name: a, status: 'InProgress', strategy: 'Serial', steps: [{ name: `${a}:[drain]`, status: 'InProgress' }] },
  ],
};

describe('a member that leaves', () => {
  const table: [
    string,
    Partial<MemberView>,
    Partial<TestService>,
    Partial<DecommissionWish>,
    string,
    (Elect | WorkloadAction)[],
  ][] = [
    [
      'hands over first',
      {},
      { drained: () => elect(a) },
      {},
      '[drain] Starting,[release] Complete,[retire] Pending,[stop] Pending,[forget] Pending',
      [{ kind: 'Elect', member: a }],
    ],
    [
      'keeps its place while nobody knows what it has',
      {},
      { drained: () => silent },
      {},
      '[drain] Waiting,[release] Complete,[retire] Pending,[stop] Pending,[forget] Pending',
      [],
    ],
    [
      'is marked when it has nothing left',
      {},
      {},
      {},
      '[drain] Complete,[release] Complete,[retire] Starting,[stop] Pending,[forget] Pending',
      [{ kind: 'RetireMember', pod: a, claims }],
    ],
    [
      'stops then',
      retired,
      {},
      {},
      '[drain] Complete,[release] Complete,[retire] Complete,[stop] InProgress,[forget] Pending',
      [],
    ],
    [
      'comes back if it was given data again before it ended',
      { ...retired, ...stopped },
      { drained: () => elect(a) },
      {},
      '[drain] Starting,[release] Complete,[retire] Complete,[stop] Complete,[forget] Complete',
      [{ kind: 'ReturnMember', claims }],
    ],
    [
      'is forgotten last',
      { ...retired, ...stopped },
      { forgotten: () => elect(a) },
      {},
      '[drain] Complete,[release] Complete,[retire] Complete,[stop] Complete,[forget] Starting',
      [{ kind: 'Elect', member: a }],
    ],
    [
      'keeps its volumes',
      { ...retired, ...stopped },
      {},
      {},
      '[drain] Complete,[release] Complete,[retire] Complete,[stop] Complete,[forget] Complete',
      [],
    ],
    [
      'leaves no volumes where the policy says so',
      { ...retired, ...stopped },
      {},
      { policy: 'Delete' },
      '[drain] Complete,[release] Complete,[retire] Complete,[stop] Complete,[forget] Complete,[delete-volumes] Starting',
      [{ kind: 'DropRetired', claims }],
    ],
    [
      'does not begin outside a maintenance window',
      {},
      { drained: () => elect(a) },
      { hold: 'closed' },
      '[drain] Waiting,[release] Complete,[retire] Pending,[stop] Pending,[forget] Pending',
      [],
    ],
    [
      'ends what it has begun',
      {},
      { drained: () => elect(a) },
      { hold: 'closed', status: { plans: [begun] } },
      '[drain] Starting,[release] Complete,[retire] Pending,[stop] Pending,[forget] Pending',
      [{ kind: 'Elect', member: a }],
    ],
  ];
  for (const [what, parts, service, over, expected, actions] of table) {
    it(what, () => {
      const plan = planFor(parts, service, over);
      assert.equal(standing(plan), expected);
      assert.deepEqual(dueActions(plan), actions);
    });
  }

  it('is gone once every step is complete', () => {
    assert.deepEqual([...membersGone([planFor({ ...retired, ...stopped }, {})])], [a]);
    assert.deepEqual([...membersGone([planFor(retired, {})])], []);
  });

  it('is alone at it where the service bears no other loss meanwhile', () => {
    const holds = (drainHolds: boolean) => planFor({}, { drainHolds }).phases[0]?.steps[0]?.disruptive;
    assert.deepEqual([holds(true), holds(false)], [true, undefined]);
  });

  it('waits for the one that came after it', () => {
    const leaving = [0, 1].map((id) => viewOf(`demo-kafka-${id}`, { leaving: true, joined: true }));
    const [draft] = decommissionPlan(restartService([], { leaving, drained: ({ name }) => elect(name) }), wish);
    assert.ok(draft !== undefined);
    assert.deepEqual(dueActions(arrangePlan(draft)), [{ kind: 'Elect', member: 'demo-kafka-1' }]);
  });
});
