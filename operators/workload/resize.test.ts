import assert from 'node:assert/strict';
import { arrangePlan, type Plan } from '../plan/plan.ts';
import { type MemberGroup, templateMark, templateMarks } from './members/member-set.ts';
import { type Resources, resizeOf, resizePhase, resizeRefused } from './resize.ts';
import { type PodCondition, readyPod } from './testing/objects.ts';
import { groupOf, viewOf } from './testing/services.ts';

const name = 'demo-kafka-0';
const before: Resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } };
const after: Resources = { requests: { cpu: '1500m', memory: '1Gi' }, limits: { memory: '1Gi' } };

function groupWith(resources: Resources, image = 'image'): MemberGroup {
  return groupOf({ container: { name: 'kafka', image, resources }, asked: '2' });
}

interface PodParts {
  resources?: Resources;
  /** What the node has given it. */
  given?: Resources;
  conditions?: PodCondition[];
  annotations?: Record<string, string>;
  image?: string;
  ready?: boolean;
}

function podWith({ resources = before, given = resources, image, ready = true, ...parts }: PodParts = {}) {
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }, ...(parts.conditions ?? [])];
  const annotations = { ...templateMarks(groupWith(before, image)), ...parts.annotations };
  const status = { name: 'kafka', image: '', imageID: '', ready, restartCount: 0, resources: given };
  const pod = readyPod(name, { annotations, conditions, containers: [status] });
  pod.spec = { ...pod.spec, containers: [{ name: 'kafka', resources }] };
  return pod;
}

const infeasible: PodCondition = { type: 'PodResizePending', status: 'True', reason: 'Infeasible' };
const deferred: PodCondition = {
  type: 'PodResizePending',
  status: 'True',
  reason: 'Deferred',
  message: 'cpu is short',
};

describe('a member gets other resources while it runs', () => {
  const wanted = groupWith(after);
  const table: [string, MemberGroup, PodParts, boolean][] = [
    ['if nothing else changes', wanted, {}, true],
    ['also while the node gives it them', wanted, { resources: after, given: before }, true],
    ['not if nothing changes', groupWith(before), {}, false],
    ['not if its image changes, too', groupWith(after, 'other'), {}, false],
    ['not if a limit comes new', groupWith({ ...after, limits: { memory: '1Gi', cpu: '2' } }), {}, false],
    ['not if it serves nobody', wanted, { ready: false }, false],
    ['not if its node can never give it', wanted, { conditions: [infeasible] }, false],
    ['also if its node cannot give it yet', wanted, { conditions: [deferred] }, true],
    [
      'not if the API server has refused it',
      wanted,
      { annotations: { [resizeRefused]: templateMarks(wanted)[templateMark] ?? '' } },
      false,
    ],
    ['also if another change was refused before', wanted, { annotations: { [resizeRefused]: 'other' } }, true],
  ];
  for (const [what, group, parts, expected] of table) {
    it(what, () => {
      const resize = resizeOf(podWith(parts), group);
      assert.equal(resize !== undefined, expected);
      if (expected) assert.deepEqual(resize, { container: 'kafka', resources: after, marks: templateMarks(group) });
    });
  }

  it('with a request for all that it has a limit for', () => {
    const group = groupWith({ limits: { cpu: '2', memory: '1Gi' } });
    const both = { cpu: '2', memory: '1Gi' };
    const given: Resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } };
    const pod = podWith({
      resources: given,
      annotations: templateMarks(groupWith({ limits: { cpu: '1', memory: '1Gi' } })),
    });
    assert.deepEqual(resizeOf(pod, group)?.resources, { requests: both, limits: both });
  });
});

describe('the steps of it', () => {
  function planOf(parts: PodParts): Plan<unknown> {
    const pod = podWith(parts);
    const resize = resizeOf(pod, groupWith(after));
    const phases = resizePhase([viewOf(name, { pod, resize, node: 'node-a' })]);
    return arrangePlan({ name: 'deploy', revision: 'r', strategy: 'Parallel', phases });
  }

  const text = 'cpu request 1500m, memory request 1Gi, memory limit 1Gi';
  const about = { pod: name, uid: `uid-${name}` };
  const marks = templateMarks(groupWith(after));
  const resize = { container: 'kafka', resources: after, marks };
  const table: [string, PodParts, string, string, object | undefined][] = [
    ['ask for them', {}, 'Starting', `gets ${text} while it runs`, { kind: 'ResizeMember', ...about, resize }],
    [
      'wait for the node',
      { resources: after, given: before },
      'InProgress',
      `waits until the node has given it ${text}`,
      undefined,
    ],
    [
      'say what the node has no room for',
      { resources: after, given: before, conditions: [deferred] },
      'InProgress',
      `node node-a has no room for ${text} yet: cpu is short; make room, or restart the member to move it`,
      undefined,
    ],
    [
      'note the end, whatever the spelling',
      { resources: { requests: { cpu: '1.5', memory: '1024Mi' }, limits: { memory: '1Gi' } } },
      'Starting',
      'has what it was to get',
      { kind: 'MarkResized', ...about, marks },
    ],
  ];
  for (const [what, parts, status, message, action] of table) {
    it(what, () => {
      const [step, ...others] = planOf(parts).phases.flatMap(({ steps }) => steps);
      assert.deepEqual(others, []);
      assert.deepEqual([step?.status, step?.message, step?.action], [status, message, action]);
    });
  }

  it('are none for a member that lacks nothing', () => {
    assert.deepEqual(resizePhase([viewOf(name)]), []);
  });
});
