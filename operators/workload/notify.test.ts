import assert from 'node:assert/strict';
import type { Condition } from '../../crds/status.ts';
import type { CommonStatus } from './facts.ts';
import { notify } from './notify.ts';
import { serviceOf } from './testing/services.ts';
import { testTurn } from './testing/turn.ts';

const { apiVersion, kind, namespace, name } = serviceOf();

function condition(type: string, reason: string, message: string): Condition {
  return { type, status: 'True', reason, message, lastTransitionTime: '2030-01-01T00:00:00Z' };
}

/** What `kubectl describe` shows of it. */
function told(before: Condition[], after: Condition[]): string[] {
  const { turn, events } = testTurn({ apiVersion, kind, metadata: { namespace, name } });
  notify({ conditions: before }, { conditions: after }, turn);
  return events.map(({ type, reason, note }) => `${type} ${reason} ${note}`);
}

function planAt(...statuses: ('Waiting' | 'Starting')[]): CommonStatus {
  const phases = statuses.map((status, index) => ({
    name: `phase-${index}`,
    status,
    strategy: 'Serial' as const,
    steps: [{ name: 'clients:[move]', status }],
  }));
  return { plans: [{ name: 'listeners', status: 'Waiting', strategy: 'Parallel', phases }] };
}

describe('an event', () => {
  it('is of one step, also where another phase has one of its name', () => {
    const { turn, events } = testTurn({ apiVersion, kind, metadata: { namespace, name } });
    notify(planAt('Starting', 'Waiting'), planAt('Starting', 'Waiting'), turn);
    assert.deepEqual(events, []);
  });

  const ends = condition('CertificatesAtRisk', 'CertificateExpiring', 'the CA ends');
  const lost = condition('CertificatesAtRisk', 'SecretNotFound', 'there is no Secret');

  it('warns of certificates that are about to end', () =>
    assert.deepEqual(told([], [ends]), ['Warning CertificateExpiring CertificatesAtRisk is True: the CA ends']));

  it('does not repeat what has been told', () => assert.deepEqual(told([ends], [ends]), []));

  it('tells of another reason', () =>
    assert.deepEqual(told([ends], [lost]), ['Warning SecretNotFound CertificatesAtRisk is True: there is no Secret']));

  it('tells of nothing that is over', () => assert.deepEqual(told([ends], []), []));

  it('is no warning where nothing is wrong', () =>
    assert.deepEqual(told([], [condition('Ready', 'AllMembersReady', 'all is well')]), [
      'Normal AllMembersReady Ready is True: all is well',
    ]));
});
