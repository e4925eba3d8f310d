import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse } from 'yaml';
import { modelOf, settings } from '../testing/cassandra.ts';
import { cassandraYaml } from './cassandra-yaml.ts';
import { faultsOf } from './text.ts';

describe('the configuration of a Cassandra', () => {
  const table: [string, Record<string, unknown>, string[]][] = [
    ['settings as they are in cassandra.yaml', { num_tokens: 16, memtable: { configurations: { 'a.b': {} } } }, []],
    ['a field of a setting that is ours', { 'jmx_server_options.enabled': true }, ['jmx_server_options.enabled']],
    ['all fields of a value', { '<<': { authenticator: 'AllowAllAuthenticator' } }, ['<<']],
    ['all fields of a value within', { audit_logging_options: { '<<': {} } }, ['audit_logging_options.<<']],
    ['a space', { 'seed_provider ': [] }, ['seed_provider ']],
    ['letters that look alike', { ѕeed_provider: [] }, ['ѕeed_provider']],
    ['no name', { '': 1 }, ['']],
    ['another line', { 'a\nauthenticator': 'x' }, ['a\nauthenticator']],
    ['a zero', { a: { b: ['x', '\0'] } }, ['a.b[1]']],
    ['half a character', { a: '\ud800' }, ['a']],
    ['what YAML does not print', { a: '\u007f', b: '\ufeff', c: '\uffff', d: '\u00a0' }, ['a', 'b', 'c']],
    ['the end of a line that only YAML 1.1 knows', { a: 'x\u2028authenticator:\u2028 y', b: '\u0085' }, ['a', 'b']],
    ['more digits than a number has', { a: 9223372036854775807n.toString(), b: 2 ** 53, c: 0.1, d: -1 }, ['b']],
  ];
  for (const [what, config, expected] of table)
    it(`with ${what} ${expected.length === 0 ? 'can be written' : 'is refused'}`, () =>
      assert.deepEqual(
        faultsOf(config).map(({ path }) => path),
        expected,
      ));

  it('is read as it was written, by a reader of YAML 1.1 as Cassandra has one', () => {
    const odd = fc.constantFrom('yes', 'off', 'y', '012', '1_000', '1:30', '~', 'null', '2001-01-01', '0x1F', '.inf');
    const text = fc.oneof(
      odd,
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('a: b', '- a', '# a', '*a', '!a', '%a', '"'),
    );
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(text, tie('value'), { maxKeys: 3, noNullPrototype: true }),
      ),
    })).value;
    const model = modelOf();
    fc.assert(
      fc.property(value, (memtable) => {
        const config = { memtable };
        fc.pre(faultsOf(config).length === 0);
        const written = cassandraYaml({ ...model, spec: { ...model.spec, config } }, settings);
        const read = parse(written, { version: '1.1', merge: true, uniqueKeys: false });
        assert.deepEqual(read.memtable, memtable);
        assert.equal(read.authenticator, 'PasswordAuthenticator');
      }),
      { numRuns: 40 },
    );
  });
});
