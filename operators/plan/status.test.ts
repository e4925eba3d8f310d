import assert from 'node:assert/strict';
import fc from 'fast-check';
import { progressValues } from '../../crds/status.ts';
import { aggregate, type Status, statuses } from './status.ts';

const children = fc.array(fc.constantFrom(...statuses), { maxLength: 6 });

describe('aggregate', () => {
  /** The table of container2.md §2: the first line that matches the set of children wins. */
  const table: [Status[], Status][] = [
    [[], 'Complete'],
    [['Complete'], 'Complete'],
    [['Complete', 'Complete'], 'Complete'],
    [['Pending'], 'Pending'],
    [['Pending', 'Pending'], 'Pending'],
    [['Waiting'], 'Waiting'],
    [['Starting'], 'Starting'],
    [['InProgress'], 'InProgress'],
    [['Error'], 'Error'],
    [['Complete', 'Error'], 'Error'],
    [['InProgress', 'Error'], 'Error'],
    [['Waiting', 'Error', 'Pending'], 'Error'],
    [['Complete', 'Pending'], 'InProgress'],
    [['Complete', 'Waiting'], 'Waiting'],
    [['Complete', 'Starting'], 'InProgress'],
    [['Complete', 'InProgress'], 'InProgress'],
    [['Pending', 'Starting'], 'Starting'],
    [['Waiting', 'Starting'], 'Starting'],
    [['Pending', 'Waiting'], 'Waiting'],
    [['Starting', 'InProgress'], 'InProgress'],
    [['Waiting', 'InProgress'], 'InProgress'],
    [['Complete', 'Waiting', 'Starting'], 'InProgress'],
    [['Complete', 'Pending', 'Waiting'], 'Waiting'],
  ];
  for (const [given, expected] of table) {
    it(`of ${given.join(', ') || 'nothing'} is ${expected}`, () => assert.equal(aggregate(given), expected));
  }

  it('depends on which statuses there are, neither on their order nor on their number', () =>
    fc.assert(
      fc.property(children, (given) => {
        const once = statuses.filter((status) => given.includes(status));
        assert.equal(aggregate(given), aggregate(once));
        assert.equal(aggregate(given.toReversed()), aggregate(given));
      }),
    ));

  it('says Error exactly where a child does, and Complete exactly where all do', () =>
    fc.assert(
      fc.property(children, (given) => {
        const result = aggregate(given);
        assert.ok(statuses.includes(result));
        assert.equal(result === 'Error', given.includes('Error'));
        assert.equal(
          result === 'Complete',
          given.every((status) => status === 'Complete'),
        );
      }),
    ));

  it('never says more than a child does, but for work between two steps', () =>
    fc.assert(
      fc.property(children, (given) => {
        const result = aggregate(given);
        const between = result === 'InProgress' && given.includes('Complete');
        assert.ok(given.length === 0 || between || given.includes(result), `${given} is ${result}`);
      }),
    ));

  it('speaks the words of the schema', () => assert.deepEqual([...statuses], [...progressValues]));
});
