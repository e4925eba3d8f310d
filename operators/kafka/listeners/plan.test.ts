import assert from 'node:assert/strict';
import type { KafkaClusterSpecInput, KafkaClusterStatus, KafkaEndpoint } from '../../../crds/kafka-cluster.ts';
import { underControl } from '../../plan/control.ts';
import { arrangePlan, stepsOf } from '../../plan/plan.ts';
import type { MemberView } from '../../workload/members/members.ts';
import { kafkaFacts, membersOf, modelOf } from '../testing/kafka.ts';
import { closingListeners, planListeners, standings } from './plan.ts';

const now = Date.UTC(2030, 0, 1);
const hour = 3_600_000;
const timeOf = (ms: number): string => new Date(ms).toISOString();
const since = timeOf(now - hour);

const members = [0, 1, 2].map((id) => ({
  name: `demo-kafka-${id}`,
  group: 'kafka',
  ready: true,
  state: 'Ready',
  joined: true,
}));
const plain: KafkaEndpoint = { name: 'plain', port: 9092, tls: false, authentication: 'None', dns: [] };
const secure: KafkaEndpoint = { name: 'secure', port: 9093, tls: true, authentication: 'ScramSha512', dns: [] };

function modelIn(endpoints: KafkaEndpoint[], spec: KafkaClusterSpecInput = {}) {
  const status: KafkaClusterStatus = { members, endpoints };
  return { model: modelOf(spec, kafkaFacts(status)), status };
}

function planIn(endpoints: KafkaEndpoint[], control: { paused?: string[]; completed?: string[] } = {}) {
  const { model, status } = modelIn(endpoints);
  return planListeners(model, status, now).map((draft) => arrangePlan(underControl(draft, control)));
}

const leaving = (closesAt?: number): KafkaEndpoint => ({
  ...plain,
  leavingSince: since,
  ...(closesAt === undefined ? {} : { closesAt: timeOf(closesAt) }),
});

describe('the plan of a listener that the spec no longer has', () => {
  const force = "kubectl stateward plan force-complete demo listeners plain 'clients:[move]'";
  const table: [string, KafkaEndpoint[], string[], string[]][] = [
    ['is none while the spec has all', [secure], [], []],
    ['is none before status says that it leaves', [plain, secure], [], []],
    [
      'waits until brokers have what clients are to move to',
      [leaving(), secure],
      ['Waiting brokers have yet to open what clients of listener plain (port 9092) are to move to', 'Pending '],
      [],
    ],
    [
      'waits for the clients, and says how to go on',
      [leaving(now + hour), secure],
      [
        `Waiting clients of listener plain (port 9092) have until 2030-01-01T01:00:00.000Z to move to another; if they have: ${force}`,
        'Pending ',
      ],
      [],
    ],
    [
      'closes it when their time is over',
      [leaving(now), secure],
      ['Complete ', 'Starting closes listener plain (port 9092): brokers restart without it'],
      ['plain'],
    ],
  ];
  for (const [name, endpoints, steps, closing] of table)
    it(name, () => {
      const plans = planIn(endpoints);
      assert.deepEqual(
        plans.flatMap(stepsOf).map(({ status, message }) => `${status} ${message}`),
        steps,
      );
      assert.deepEqual(closingListeners(plans), closing);
    });

  it('closes it when the user says that its clients have moved', () => {
    const revision = planIn([leaving(now + hour)])[0]?.revision;
    const completed = [`listeners/plain/clients:[move]@${revision}`];
    assert.deepEqual(closingListeners(planIn([leaving(now + hour)], { completed })), ['plain']);
  });

  it('is not forced by what was said when it left another time', () => {
    const revision = planIn([leaving(now + hour)])[0]?.revision;
    const completed = [`listeners/plain/clients:[move]@${revision}`];
    const again = { ...leaving(now + hour), leavingSince: timeOf(now) };
    assert.deepEqual(closingListeners(planIn([again], { completed })), []);
  });

  it('closes nothing while it is paused', () =>
    assert.deepEqual(closingListeners(planIn([leaving(now)], { paused: ['listeners'] })), []));
});

describe('a listener', () => {
  function standingIn(endpoints: KafkaEndpoint[], outdated: MemberView['outdated'], joined = true) {
    const { model, status } = modelIn(endpoints);
    const views = Object.fromEntries(members.map(({ name }) => [name, { joined, outdated }]));
    const found = standings(model, { members: membersOf(model, views) }, joined ? status : { endpoints }, now);
    return Object.fromEntries(found);
  }

  const inADay = timeOf(now + 24 * hour);
  const table: [string, KafkaEndpoint[], MemberView['outdated'], object, boolean?][] = [
    ['is open where all brokers have it', [secure], undefined, {}],
    ['stays open while brokers restart for something else', [secure], 'Spec', {}],
    ['is simply open before anybody has served', [], undefined, {}, false],
    ['opens as brokers restart', [], 'Spec', { secure: { opening: true } }],
    ['opens until the last of them has', [{ ...secure, opening: true }], 'Spec', { secure: { opening: true } }],
    ['is open once all of them have', [{ ...secure, opening: true }], undefined, {}],
    [
      'leaves for a day where others stay',
      [plain, secure],
      'Spec',
      { plain: { leavingSince: timeOf(now), closesAt: inADay } },
    ],
    [
      'leaves until others are open',
      [plain],
      'Spec',
      { secure: { opening: true }, plain: { leavingSince: timeOf(now) } },
    ],
    [
      'leaves for a day from when they are',
      [leaving(), { ...secure, opening: true }],
      undefined,
      { plain: { leavingSince: since, closesAt: inADay } },
    ],
    [
      'leaves no later for others that come meanwhile',
      [leaving(now + hour)],
      'Spec',
      { secure: { opening: true }, plain: { leavingSince: since, closesAt: timeOf(now + hour) } },
    ],
  ];
  for (const [name, endpoints, outdated, expected, joined] of table)
    it(name, () => assert.deepEqual(standingIn(endpoints, outdated, joined), expected));
});
