import assert from 'node:assert/strict';
import type { Condition } from '../../crds/status.ts';
import { conditionsOf, isTrue, type Statement } from './conditions.ts';

const before = '2026-01-01T00:00:00.000Z';
const now = '2026-01-01T00:05:00.000Z';

function said(type: string, status: Statement['status'], message = 'm'): Statement {
  return { type, status, reason: 'R', message };
}

function stored(type: string, status: Condition['status']): Condition {
  return { type, status, reason: 'Old', message: 'old', lastTransitionTime: before, observedGeneration: 1 };
}

describe('conditions', () => {
  const table: [string, Statement, Condition[], string][] = [
    ['a new one is of now', said('Ready', 'True'), [], now],
    ['one of the same status keeps its time', said('Ready', 'True', 'other words'), [stored('Ready', 'True')], before],
    ['one of another status is of now', said('Ready', 'False'), [stored('Ready', 'True')], now],
    ['one of another type says nothing', said('Ready', 'True'), [stored('Stalled', 'True')], now],
  ];
  for (const [name, statement, previous, time] of table) {
    it(name, () =>
      assert.deepEqual(conditionsOf([statement], previous, 5, now), [
        { ...statement, lastTransitionTime: time, observedGeneration: 5 },
      ]),
    );
  }

  it('are only those that are stated', () =>
    assert.deepEqual(
      conditionsOf([said('Ready', 'True')], [stored('Stalled', 'True')], 1, now).map(({ type }) => type),
      ['Ready'],
    ));

  it('have messages of bounded length', () =>
    assert.equal(conditionsOf([said('Ready', 'True', 'x'.repeat(9999))], [], 1, now)[0]?.message.length, 4000));

  it('have messages that end with a whole character', () => {
    const [cut] = conditionsOf([said('Ready', 'True', `${'x'.repeat(3999)}\u{1d41a}`)], [], 1, now);
    assert.ok(cut?.message.isWellFormed());
  });

  it('are true only where they say so', () => {
    const conditions = [stored('Ready', 'False'), stored('Stalled', 'True'), stored('Paused', 'Unknown')];
    assert.deepEqual(
      ['Ready', 'Stalled', 'Paused', 'Other'].map((type) => isTrue(conditions, type)),
      [false, true, false, false],
    );
  });
});
