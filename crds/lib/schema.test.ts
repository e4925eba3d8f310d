import assert from 'node:assert/strict';
import { z } from 'zod';
import * as dialect from './dialect.ts';
import { lint } from './lint.ts';
import { structuralSchema } from './schema.ts';

describe('structural schema', () => {
  it('leaves fields with a default optional and says the default', () => {
    const schema = dialect.object({ a: dialect.int32(1, 3).prefault(2).describe('The a.') }).prefault({});
    assert.deepEqual(structuralSchema(schema), {
      type: 'object',
      default: {},
      properties: {
        a: { type: 'integer', format: 'int32', minimum: 1, maximum: 3, default: 2, description: 'The a. Default: 2.' },
      },
    });
  });

  it('keeps a default in code to the code', () => {
    const schema = dialect.object({ a: dialect.whenAbsent(dialect.list(dialect.bool(), { max: 1 }), [true]) });
    assert.deepEqual(structuralSchema(schema).properties, {
      a: { type: 'array', maxItems: 1, 'x-kubernetes-list-type': 'atomic', items: { type: 'boolean' } },
    });
    assert.deepEqual(schema.parse({}), { a: [true] });
  });

  it('writes a quantity without a type', () => {
    const { pattern, ...rest } = structuralSchema(dialect.quantity().prefault('20Gi'));
    assert.deepEqual(rest, { 'x-kubernetes-int-or-string': true, maxLength: 32, default: '20Gi' });
    assert.match(pattern ?? '', /Gi/);
  });

  it('writes a freeform object without additionalProperties', () => {
    assert.deepEqual(structuralSchema(dialect.freeform({ max: 5 })), {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      maxProperties: 5,
    });
  });

  it('keeps rules, keys and bounds through wrappers', () => {
    const item = dialect.object({ name: dialect.text({ max: 3 }).describe('The name.') });
    const rule = { cel: 'self.size() > 0', message: 'must not be empty' };
    const schema = dialect.optional(dialect.rules(dialect.listMap('name', item, { max: 4 }), rule)).describe('Items.');
    const { items, ...rest } = structuralSchema(schema);
    assert.equal(items?.type, 'object');
    assert.deepEqual(rest, {
      type: 'array',
      maxItems: 4,
      description: 'Items.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-validations': [{ rule: 'self.size() > 0', message: 'must not be empty' }],
    });
  });

  it('keeps a rule beside those that come later', () => {
    const rule = { cel: "self != '.'", message: 'must not be .', holds: (value: string) => value !== '.' };
    const schema = dialect.immutable(dialect.rules(dialect.text({ max: 3 }), rule), 'it stays');
    assert.deepEqual(structuralSchema(schema)['x-kubernetes-validations'], [
      { rule: "self != '.'", message: 'must not be .' },
      { rule: 'self == oldSelf', message: 'it stays' },
    ]);
    assert.equal(schema.safeParse('.').success, false);
  });

  it('lets the lint find what zod can say and Kubernetes cannot', () => {
    const union = structuralSchema(z.union([z.string(), z.object({})]));
    const faults = lint(union, 'a');
    assert.ok(faults.includes('a: the keyword anyOf is not structural'), faults.join('\n'));
  });

  it('cannot write a date', () => {
    assert.throws(() => structuralSchema(z.object({ at: z.date() })));
  });
});
