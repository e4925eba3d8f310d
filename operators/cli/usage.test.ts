import assert from 'node:assert/strict';
import { argumentsOf, takes } from './usage.ts';

describe('the usage of a verb', () => {
  const counts: [string, number, string | undefined][] = [
    ['', 0, undefined],
    ['', 1, 'takes no arguments'],
    ['SERVICE', 0, 'needs SERVICE'],
    ['SERVICE', 1, undefined],
    ['SERVICE', 2, 'takes SERVICE and nothing more'],
    ['SERVICE [PLAN [PHASE]]', 0, 'needs SERVICE'],
    ['SERVICE [PLAN [PHASE]]', 1, undefined],
    ['SERVICE [PLAN [PHASE]]', 3, undefined],
    ['SERVICE [PLAN [PHASE]]', 4, 'takes SERVICE [PLAN [PHASE]] and nothing more'],
    ['SERVICE PLAN PHASE STEP', 2, 'needs PHASE and STEP'],
    ['[VERB...]', 0, undefined],
    ['[VERB...]', 5, undefined],
    ['bash|zsh', 0, 'needs bash|zsh'],
  ];
  for (const [usage, count, expected] of counts) {
    it(`"${usage}" with ${count}: ${expected ?? 'is well'}`, () => assert.equal(takes(usage, count), expected));
  }

  it('names its arguments without brackets', () => {
    assert.deepEqual(argumentsOf('SERVICE [PLAN [PHASE]]'), [
      { name: 'SERVICE', required: true, repeated: false },
      { name: 'PLAN', required: false, repeated: false },
      { name: 'PHASE', required: false, repeated: false },
    ]);
  });
});
