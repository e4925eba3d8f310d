import assert from 'node:assert/strict';
import { parseCassandraSpec } from '../../crds/cassandra-cluster.ts';
import { parseCassandraKeyspace } from '../../crds/cassandra-keyspace.ts';
import { parseCassandraRole } from '../../crds/cassandra-role.ts';
import { parseKafkaSpec } from '../../crds/kafka-cluster.ts';
import { parseKafkaTopic } from '../../crds/kafka-topic.ts';
import { parseKafkaUser } from '../../crds/kafka-user.ts';
import type { Problem } from '../../crds/lib/parse.ts';
import { parseServiceOperation } from '../../crds/service-operation.ts';
import type { Hostile, HostileKind } from './hostile.ts';
import { corpus } from './index.ts';

type Parser = (spec: unknown) => { ok: true } | { ok: false; problems: Problem[] };

const parsers: Record<HostileKind, Parser> = {
  KafkaCluster: parseKafkaSpec,
  CassandraCluster: parseCassandraSpec,
  ServiceOperation: parseServiceOperation,
  KafkaUser: parseKafkaUser,
  KafkaTopic: parseKafkaTopic,
  CassandraKeyspace: parseCassandraKeyspace,
  CassandraRole: parseCassandraRole,
};

/** What the parse complains of; nothing where the reconcile is the first to refuse it. */
function complaints({ kind, spec }: Hostile): string[] {
  const parsed = parsers[kind](spec);
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('the corpus of hostile specs', () => {
  it('has two hundred and more, each of them once', () => {
    const titles = corpus.map(({ kind, what, judge, field }) => `${kind}: ${what} (${judge}, ${field})`);
    assert.equal(new Set(titles).size, titles.length);
    assert.ok(titles.length > 200, `${titles.length}`);
  });

  for (const each of corpus) {
    const { kind, what, judge, field } = each;
    if (judge === 'Reconcile')
      it(`${kind}: ${what} is none that the parse could know`, () => assert.deepEqual(complaints(each), []));
    else
      it(`${kind}: ${what} is refused, and ${field.slice(0, 60)} named`, () =>
        assert.ok(
          complaints(each).some((said) => said.startsWith(field)),
          complaints(each).join('; ').slice(0, 500),
        ));
  }

  it('leaves every object as it was', () => {
    for (const each of corpus) complaints(each);
    assert.deepEqual([Object.keys(Object.prototype), 'polluted' in {}], [[], false]);
  });
});
