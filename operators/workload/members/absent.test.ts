import assert from 'node:assert/strict';
import type { PhaseStatus, StepStatus } from '../../../crds/status.ts';
import type { CommonStatus } from '../facts.ts';
import { liveSet } from '../testing/objects.ts';
import { factsOf, groupOf, viewOf } from '../testing/services.ts';
import { askForPods, podsAskedMark } from './absent.ts';
import { memberSet } from './member-set.ts';
import type { MemberView } from './members.ts';

const now = Date.UTC(2030, 0, 1);
const name = 'demo-kafka-1';
const absent: Partial<MemberView> = { pod: undefined, report: { state: 'Absent', message: 'waits' } };

function ago(seconds: number): string {
  return new Date(now - seconds * 1000).toISOString();
}

function asked(situation: {
  since?: string;
  before?: string;
  step?: Partial<StepStatus>;
  member?: Partial<MemberView>;
}) {
  const { since = ago(60), before, step = {}, member = absent } = situation;
  const shown: StepStatus = { name: `${name}:[recover]`, member: name, status: 'InProgress', since, ...step };
  const phases: PhaseStatus[] = [{ name: 'members', status: 'InProgress', strategy: 'Parallel', steps: [shown] }];
  const status: CommonStatus = {
    plans: [{ name: 'recovery', status: 'InProgress', strategy: 'Parallel', phases }],
  };
  const set = liveSet(memberSet(groupOf()));
  const annotations = { ...set.metadata.annotations, ...(before === undefined ? {} : { [podsAskedMark]: before }) };
  const sets = [{ ...set, metadata: { ...set.metadata, annotations } }];
  return askForPods([viewOf(name, member)], factsOf(status, { sets }), now).map(({ kind }) => kind);
}

describe('pods that Kubernetes does not make', () => {
  it('are asked for once more', () => assert.deepEqual(asked({}), ['AskForPods']));

  it('have their time first, and again after each time', () => {
    assert.deepEqual(asked({ since: ago(14) }), []);
    assert.deepEqual(asked({ before: ago(14) }), []);
    assert.deepEqual(asked({ before: ago(16) }), ['AskForPods']);
  });

  it('are not asked for where they are, or where nothing is known of them yet', () => {
    assert.deepEqual(asked({ member: {} }), []);
    assert.deepEqual(asked({ step: { status: 'Complete' } }), []);
    assert.deepEqual(asked({ step: { member: 'demo-kafka-0' } }), []);
  });

  it('are not asked for where they have no place any more', () =>
    assert.deepEqual(asked({ member: { ...absent, group: groupOf({ pods: 1 }) } }), []));
});
