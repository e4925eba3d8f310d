import assert from 'node:assert/strict';
import type { KafkaClusterStatus } from '../../../crds/kafka-cluster.ts';
import type { PlanStatus, StepStatus } from '../../../crds/status.ts';
import type { PlanDraft } from '../../plan/plan.ts';
import type { MemberView } from '../../workload/members/members.ts';
import { podOf } from '../../workload/testing/objects.ts';
import { starting } from '../../workload/testing/services.ts';
import type { Partition } from '../admin/admin.ts';
import { kafkaRestarts } from '../restarts.ts';
import { clusterOf, kafkaFacts, membersOf, modelOf, separate, snapshotOf, voterOf } from '../testing/kafka.ts';
import type { NotForwarding } from './forwarding.ts';
import { withReconnects } from './reconnect.ts';

const model = modelOf(separate);
const name = 'demo-broker-1001';
const step = `${name}:[reconnect]`;
const now = Date.parse('2026-01-01T01:00:00Z');
const minuteAgo = { since: '2026-01-01T00:59:00.000Z', podUid: 'uid-1' };
const borne: Partition = {
  topic: 'orders',
  index: 7,
  leader: 1000,
  replicas: [1000, 1001],
  inSync: [1000, 1001],
  minInSync: 1,
};

interface World {
  /** Whether it passes requests on; undefined while it does not answer. */
  forwards?: boolean | undefined;
  known?: NotForwarding;
  parts?: Partial<MemberView>;
  podUid?: string;
  fenced?: boolean;
  partitions?: Partition[];
  hold?: string;
  /** How status shows the step. */
  shown?: StepStatus['status'];
  drafts?: PlanDraft<never>[];
}

function statusOf({ known, shown }: World): KafkaClusterStatus {
  const member = { name, group: 'broker', ready: true, state: 'Ready', joined: true };
  const steps: StepStatus[] = shown === undefined ? [] : [{ name: step, status: shown }];
  const phases = [{ name: 'forwarding', status: 'Waiting' as const, strategy: 'Parallel' as const, steps }];
  const plan: PlanStatus = { name: 'recovery', status: 'Waiting', strategy: 'Parallel', phases };
  return { plans: [plan], members: [known === undefined ? member : { ...member, notForwarding: known }] };
}

function plansOf(world: World): PlanDraft<unknown>[] {
  const { parts = {}, podUid = 'uid-1', fenced = false, partitions = [borne], drafts = [] } = world;
  const forwards = 'forwards' in world ? world.forwards : false;
  const pod = podOf(name, { uid: podUid });
  const members = membersOf(model, { [name]: { joined: true, pod, ...parts } });
  const brokers = fenced ? { brokers: [1000], fenced: [1001] } : { brokers: [1000, 1001] };
  const cluster = clusterOf({ ...brokers, observers: [voterOf(1001)] });
  const forwarding = new Map(forwards === undefined ? [] : [[1001, forwards]]);
  const snapshot = snapshotOf({ members, cluster, partitions, forwarding });
  const facts = kafkaFacts(statusOf(world));
  const service = () => kafkaRestarts(model, snapshot, facts, now);
  return withReconnects(drafts, { service, snapshot, facts, hold: world.hold, now });
}

function said(world: World): string | undefined {
  const steps = plansOf(world).flatMap(({ phases }) => phases.flatMap((phase) => phase.steps));
  const [found, ...others] = steps.filter((one) => one.name === step);
  assert.deepEqual(others, []);
  if (found === undefined) return undefined;
  const { progress, disruptive } = found;
  return `${progress.kind}${disruptive ? ' disruptive' : ''}${'message' in progress ? `: ${progress.message}` : ''}`;
}

describe('a broker that passes no requests on to the controllers', () => {
  const away = { ...borne, inSync: [1001] };
  const window = 'outside the maintenance windows';
  const table: [string, World, string | undefined][] = [
    ['is given a minute', { known: { ...minuteAgo, since: '2026-01-01T00:59:00.001Z' } }, undefined],
    ['restarts then', { known: minuteAgo }, 'Due disruptive: passes no requests on to the controllers: restarts'],
    ['does not for what is only remembered', { known: minuteAgo, forwards: undefined }, undefined],
    [
      'waits until the service can bear it',
      { known: minuteAgo, partitions: [{ ...away, minInSync: 1 }] },
      'Waiting disruptive: passes no requests on to the controllers: 1 partition would fall below min.insync.replicas: orders-7 (isr 1001 of 1000,1001)',
    ],
    [
      'waits for a window',
      { known: minuteAgo, hold: window },
      `Waiting disruptive: passes no requests on to the controllers: ${window}`,
    ],
    [
      'does not where it serves nobody anyway',
      { known: minuteAgo, hold: window, fenced: true },
      'Due disruptive: passes no requests on to the controllers: restarts',
    ],
    [
      'is said to come back',
      { known: minuteAgo, shown: 'Starting', forwards: undefined, podUid: 'uid-2', parts: { report: starting } },
      'InProgress disruptive: the process runs and is not a ready broker yet',
    ],
    ['is done when it is back', { shown: 'InProgress', forwards: true, podUid: 'uid-2' }, 'Complete disruptive'],
    ['has nothing to do then', { shown: 'Complete', forwards: true, podUid: 'uid-2' }, undefined],
    [
      "is not restarted a second time, and is in nobody else's way",
      { known: { ...minuteAgo, podUid: 'uid-2', restarted: true }, podUid: 'uid-2' },
      'Error: passes no requests on to the controllers since 2026-01-01T00:59:00.000Z, and its restart has not helped: changes that clients ask it for time out; see its log',
    ],
  ];
  for (const [what, world, expected] of table) it(what, () => assert.equal(said(world), expected));

  it('is one that leaves, too', () =>
    assert.match(said({ known: minuteAgo, parts: { leaving: true } }) ?? '', /^Due disruptive/));
});

describe('the plans with such restarts', () => {
  const recover = {
    name: `${name}:[recover]`,
    reason: 'MemberFailed',
    progress: { kind: 'Complete' },
    member: name,
  } as const;
  const draft = (plan: string, steps: (typeof recover)[] = []): PlanDraft<never> => ({
    name: plan,
    revision: plan,
    strategy: 'Parallel',
    phases: [{ name: 'members', strategy: 'Parallel', steps }],
  });
  const names = (drafts: PlanDraft<never>[]) => plansOf({ known: minuteAgo, drafts }).map((plan) => plan.name);

  it('keep the recovery behind the deployment, whether there was one or not', () => {
    assert.deepEqual(names([draft('deploy'), draft('listeners')]), ['deploy', 'recovery', 'listeners']);
    assert.deepEqual(names([draft('deploy'), draft('recovery')]), ['deploy', 'recovery']);
  });

  it('have one step of recovery for each member', () => {
    const [plan] = plansOf({ known: minuteAgo, drafts: [draft('recovery', [recover])] });
    const steps = plan?.phases.flatMap((phase) => phase.steps.map((one) => one.name));
    assert.deepEqual(steps, [step]);
  });

  it('are as they were while there are none', () => {
    const drafts = [draft('deploy')];
    assert.equal(plansOf({ forwards: true, drafts }), drafts);
  });
});
