import assert from 'node:assert/strict';
import type { Pod } from '../../kube/resource.ts';
import { maintenanceAnnotation } from '../names.ts';
import type { Maintenance } from './changes.ts';
import { memberInTurn, progressOf, type Tended, turnOf, wishFor } from './maintenance.ts';

const maintenance: Maintenance = {
  id: 'a1',
  task: 'Repair',
  replication: { dc1: 3 },
  formerReplication: { dc1: 2 },
  cleanup: false,
  members: ['m0', 'm1'],
  done: 1,
};
const wish = 'Repair:a1:orders';

function podOf(annotation?: string, ready = true): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'm1', ...(annotation && { annotations: { [maintenanceAnnotation]: annotation } }) },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

describe('the maintenance of a keyspace', () => {
  it('is asked of one member after another', () => {
    assert.equal(memberInTurn(maintenance), 'm1');
    assert.equal(memberInTurn({ ...maintenance, done: 2 }), undefined);
    assert.equal(wishFor(maintenance, 'orders'), wish);
    assert.match(progressOf(maintenance), /1 of 2 members/);
  });

  const table: [string, Pod | undefined, Tended['word'], string, RegExp | undefined][] = [
    ['asks', podOf(), { kind: 'Idle' }, 'Ask', undefined],
    [
      'asks anew where another keyspace was meant',
      podOf('Repair:a0:carts'),
      { kind: 'Done', id: 'a0' },
      'Ask',
      undefined,
    ],
    ['waits while it is at it', podOf(wish), { kind: 'Running', id: 'a1' }, 'Waits', /m1 is at it/],
    ['waits while it has not heard', podOf(wish), { kind: 'Done', id: 'a0' }, 'Waits', /m1 is at it/],
    [
      'says why it failed',
      podOf(wish),
      { kind: 'Failed', id: 'a1', message: 'down' },
      'Waits',
      /m1 tries again in a minute: down/,
    ],
    ['is done', podOf(wish), { kind: 'Done', id: 'a1' }, 'Done', undefined],
    ['is done, also when the wish was taken back', podOf(), { kind: 'Done', id: 'a1' }, 'Done', undefined],
    ['waits for a member that is not ready', podOf(wish, false), { kind: 'Idle' }, 'Waits', /until m1 is ready/],
    ['waits for a member that is not there', undefined, undefined, 'Waits', /until m1 is ready/],
    ['waits for one that does not answer', podOf(wish), undefined, 'Waits', /does not answer/],
    ['says so where an old agent cannot do it', podOf(), 'Outdated', 'Waits', /restart it/],
  ];
  for (const [what, pod, word, kind, message] of table)
    it(what, () => {
      const turn = turnOf(maintenance, 'orders', { name: 'm1', pod, word });
      assert.equal(turn.kind, kind);
      if (message !== undefined) assert.match(turn.kind === 'Waits' ? turn.message : '', message);
    });
});
