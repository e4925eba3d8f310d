import assert from 'node:assert/strict';
import fc from 'fast-check';
import { accepts } from '../../workload/testing/node-selector.ts';
import { takesLabels, takesNode, tolerates } from './selectors.ts';

describe('tolerates', () => {
  const taint = { key: 'dedicated', value: 'db', effect: 'NoSchedule' };
  const table: [string, object, boolean][] = [
    [
      'the same key, value and effect',
      { key: 'dedicated', operator: 'Equal', value: 'db', effect: 'NoSchedule' },
      true,
    ],
    ['Equal where no operator is given', { key: 'dedicated', value: 'db' }, true],
    ['any value by Exists', { key: 'dedicated', operator: 'Exists' }, true],
    ['everything by Exists without a key', { operator: 'Exists' }, true],
    ['nothing without a key and without Exists', { value: 'db' }, false],
    ['another value', { key: 'dedicated', value: 'web' }, false],
    ['another effect', { key: 'dedicated', operator: 'Exists', effect: 'NoExecute' }, false],
    ['another key', { key: 'gpu', operator: 'Exists' }, false],
  ];
  for (const [name, toleration, expected] of table) {
    it(`${expected ? 'bears' : 'does not bear'} a taint by ${name}`, () => {
      assert.equal(tolerates([toleration], taint), expected);
    });
  }

  it('takes a preference for no obstacle', () => {
    assert.equal(tolerates([], { ...taint, effect: 'PreferNoSchedule' }), true);
    assert.equal(tolerates([], taint), false);
  });
});

describe('takesNode', () => {
  const key = fc.constantFrom('zone', 'disk', 'gpu');
  const value = fc.constantFrom('1', '2', '10');
  const requirement = fc.record({
    key,
    operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'),
    values: fc.array(value, { minLength: 1, maxLength: 2 }),
  });
  const field = fc.record({
    key: fc.constant('metadata.name'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.constantFrom('a', 'b').map((name) => [name]),
  });
  const term = fc.record(
    { matchExpressions: fc.array(requirement, { maxLength: 3 }), matchFields: fc.array(field, { maxLength: 1 }) },
    { requiredKeys: [] },
  );

  it('decides as the model of the scheduler does', () => {
    fc.assert(
      fc.property(fc.array(term, { maxLength: 3 }), fc.dictionary(key, value), (terms, labels) => {
        assert.equal(takesNode(terms, 'a', labels), accepts(terms, { name: 'a', labels }));
      }),
    );
  });

  it('takes no node by an operator that it does not know', () => {
    assert.equal(takesNode([{ matchExpressions: [{ key: 'a', operator: 'Like' }] }], 'a', { a: '1' }), false);
  });
});

describe('takesLabels', () => {
  const labels = { app: 'kafka', tier: 'data' };
  const table: [string, Parameters<typeof takesLabels>[0], boolean][] = [
    ['nothing without a selector', undefined, false],
    ['everything by an empty one', {}, true],
    ['equal labels', { matchLabels: { app: 'kafka' } }, true],
    ['not another value', { matchLabels: { app: 'kafka', tier: 'web' } }, false],
    ['by an expression', { matchExpressions: [{ key: 'app', operator: 'In', values: ['kafka', 'x'] }] }, true],
    [
      'only what all of it takes',
      { matchLabels: { app: 'kafka' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
      false,
    ],
  ];
  for (const [name, selector, expected] of table) {
    it(`takes ${name}`, () => assert.equal(takesLabels(selector, labels), expected));
  }
});
