import assert from 'node:assert/strict';
import { lint } from './lint.ts';
import type { Schema } from './schema.ts';

const good: Schema = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 3, description: 'The name.' },
    items: {
      type: 'array',
      maxItems: 2,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      description: 'The items.',
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string', maxLength: 3, description: 'The key.' } },
      },
    },
    size: { 'x-kubernetes-int-or-string': true, maxLength: 20, description: 'The size.' },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, maxProperties: 3, description: 'Free.' },
  },
};

const text: Schema = { type: 'string', maxLength: 3 };

/** What JSON could hold, whatever the type says. */
const foreign = (keyword: string, value: unknown): Schema => Object.assign({ ...text }, { [keyword]: value });

const faulty: [string, Schema, string][] = [
  ['$ref', foreign('$ref', '#/x'), 'a: the keyword $ref is not structural'],
  ['oneOf', foreign('oneOf', []), 'a: the keyword oneOf is not structural'],
  ['const', foreign('const', 1), 'a: the keyword const is not structural'],
  ['patternProperties', foreign('patternProperties', {}), 'a: the keyword patternProperties is not structural'],
  ['no type', { maxLength: 3 }, 'a: the type (none) is not one of object, array, string, integer, boolean'],
  ['floating point', { type: 'number' }, 'a: the type number is not one of object, array, string, integer, boolean'],
  ['a typed quantity', { ...text, 'x-kubernetes-int-or-string': true }, 'a: int-or-string must have no type'],
  [
    'fields beside a map',
    { type: 'object', properties: {}, additionalProperties: text, maxProperties: 1 },
    'a: properties beside additionalProperties',
  ],
  ['an empty object', { type: 'object' }, 'a: an object of nothing: name its properties or keep unknown ones'],
  ['an endless string', { type: 'string' }, 'a: a string without maxLength'],
  ['an endless quantity', { 'x-kubernetes-int-or-string': true }, 'a: a string without maxLength'],
  ['an endless map', { type: 'object', additionalProperties: text }, 'a: a map without maxProperties'],
  ['an endless list', { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' }, 'a: a list without maxItems'],
  ['an integer without bounds', { type: 'integer', minimum: 1 }, 'a: an integer without minimum, maximum or format'],
  ['a list without a type', { type: 'array', maxItems: 1, items: text }, 'a: a list without x-kubernetes-list-type'],
  [
    'a key that may be absent',
    {
      type: 'array',
      maxItems: 1,
      items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, maxProperties: 1 },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    'a: the key name of a list map is not required in its items',
  ],
  ['look-ahead', { ...text, pattern: '^(?=a)b' }, 'a: RE2 cannot read the pattern ^(?=a)b'],
  [
    'a default with foreign fields',
    { type: 'object', default: { b: 1 }, properties: {} },
    'a: the default has the unknown field b',
  ],
  [
    'a field without a description',
    { type: 'object', properties: { b: text } },
    'a: the field b needs a description: one sentence',
  ],
  [
    'a rule without a message',
    { ...text, 'x-kubernetes-validations': [{ rule: 'true', message: '' }] },
    'a: the rule true has no message',
  ],
];

describe('lint', () => {
  it('finds nothing in a good schema', () => {
    assert.deepEqual(lint(good, 'a'), []);
  });

  for (const [name, schema, fault] of faulty)
    it(`finds ${name}`, () => {
      assert.deepEqual(lint(schema, 'a'), [fault]);
    });

  it('goes down to the items of lists and the values of maps', () => {
    const map: Schema = { type: 'object', maxProperties: 1, additionalProperties: { type: 'string' } };
    const list: Schema = { type: 'array', maxItems: 1, 'x-kubernetes-list-type': 'atomic', items: map };
    assert.deepEqual(lint(list, 'a'), ['a[]{}: a string without maxLength']);
  });
});
