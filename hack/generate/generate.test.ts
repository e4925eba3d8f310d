import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { parseCassandraSpec } from '../../crds/cassandra-cluster.ts';
import { parseCassandraKeyspace } from '../../crds/cassandra-keyspace.ts';
import { parseCassandraRole } from '../../crds/cassandra-role.ts';
import { parseKafkaSpec } from '../../crds/kafka-cluster.ts';
import { parseKafkaUser } from '../../crds/kafka-user.ts';
import { parseServiceOperation } from '../../crds/service-operation.ts';
import { access } from '../../operators/access.ts';
import { artefacts } from './artefacts.ts';
import { faults } from './faults.ts';
import { rulesTemplate } from './roles.ts';

const root = join(import.meta.dirname, '..', '..');
const stored = (path: string) => readFileSync(join(root, path), 'utf8');

describe('generated files', () => {
  it('come from kinds without a fault', () => {
    assert.deepEqual(faults(), []);
  });

  for (const [path, content] of artefacts()) it(`${path} is up to date`, () => assert.equal(stored(path), content));

  it('no definition is left of a kind that is gone', () => {
    const expected = [...artefacts().keys()].filter((path) => path.startsWith('crds/')).sort();
    const found = readdirSync(join(root, 'crds')).filter((name) => name.endsWith('.yaml'));
    assert.deepEqual(found.map((name) => `crds/${name}`).sort(), expected);
  });

  it('the roles hold each entry of the access table once', () => {
    const rules = rulesTemplate(access)
      .split('\n')
      .filter((line) => !line.includes('{{'));
    assert.deepEqual(
      parse(rules.join('\n')),
      [...access].sort(byScope).map(({ group, resources, verbs }) => ({ apiGroups: [group], resources, verbs })),
    );
  });

  it('the chart sets only variables that the operator reads', () => {
    const reads = stored('operators/runtime/config.ts');
    const sets = stored('charts/stateward/templates/_env.tpl').match(/STATEWARD_[A-Z_]+/g) ?? [];
    assert.ok(sets.length > 5);
    assert.deepEqual(
      sets.filter((name) => !reads.includes(`${name}:`)),
      [],
    );
  });
});

const scopes = ['Watched', 'Own', 'Cluster'];

function byScope(one: { scope: string }, other: { scope: string }): number {
  return scopes.indexOf(one.scope) - scopes.indexOf(other.scope);
}

const parsers = {
  KafkaCluster: parseKafkaSpec,
  CassandraCluster: parseCassandraSpec,
  CassandraKeyspace: parseCassandraKeyspace,
  ServiceOperation: parseServiceOperation,
  KafkaUser: parseKafkaUser,
  CassandraRole: parseCassandraRole,
  // The API server's to judge.
  Pod: () => ({ ok: true as const }),
};

function isParsed(kind: unknown): kind is keyof typeof parsers {
  return String(kind) in parsers;
}

describe('examples', () => {
  const files = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.yaml'));
  for (const file of files)
    it(`${file} is accepted`, () => {
      const documents = parseAllDocuments(stored(`examples/${file}`)).map((document) => document.toJS());
      const results = documents.map(({ kind, spec }) => {
        assert.ok(isParsed(kind), `nobody parses a ${kind}`);
        return parsers[kind](spec);
      });
      assert.deepEqual(
        results.flatMap((result) => (result.ok ? [] : result.problems)),
        [],
      );
    });
});
