import assert from 'node:assert/strict';
import { badSpecs, type CaseKind } from './cases/index.ts';
import { parseCassandraSpec } from './cassandra-cluster.ts';
import { parseCassandraKeyspace } from './cassandra-keyspace.ts';
import { parseCassandraRole } from './cassandra-role.ts';
import { parseKafkaSpec } from './kafka-cluster.ts';
import { parseKafkaUser } from './kafka-user.ts';
import { kinds } from './kinds.ts';
import { rootSchema } from './lib/export.ts';

const parsers = {
  KafkaCluster: parseKafkaSpec,
  CassandraCluster: parseCassandraSpec,
  CassandraKeyspace: parseCassandraKeyspace,
  KafkaUser: parseKafkaUser,
  CassandraRole: parseCassandraRole,
};

function problemsOf(kind: CaseKind, spec: unknown) {
  const parsed = parsers[kind](spec);
  return parsed.ok ? [] : parsed.problems;
}

describe('a kind', () => {
  it('whose spec must say something cannot be without one: nobody would ever look at it', () => {
    const without = kinds.filter((kind) => rootSchema(kind).required === undefined).map(({ kind }) => kind);
    assert.deepEqual(without, ['KafkaCluster', 'CassandraCluster']);
  });
});

describe('specs', () => {
  for (const { name, kind, spec, path, message } of badSpecs)
    it(`refuses ${name} in a ${kind}`, () => {
      assert.deepEqual(problemsOf(kind, spec)[0], { path, message });
    });

  for (const absent of [undefined, {}])
    it(`fills ${JSON.stringify(absent)} with the defaults of a KafkaCluster`, () => {
      const parsed = parseKafkaSpec(absent);
      assert.ok(parsed.ok);
      const [pool, ...others] = parsed.value.pools;
      assert.deepEqual(others, []);
      assert.deepEqual(pool, {
        name: 'kafka',
        roles: ['Controller', 'Broker'],
        replicas: 3,
        storage: { volumes: [{ name: 'data', size: '20Gi' }] },
        resources: { requests: { cpu: '500m', memory: '2Gi' }, limits: { memory: '2Gi' } },
      });
      assert.deepEqual(parsed.value.listeners, [
        { name: 'secure', port: 9093, tls: true, authentication: 'ScramSha512' },
      ]);
      assert.equal(parsed.value.deletionPolicy, 'Retain');
    });

  it('fills an absent CassandraCluster spec with defaults', () => {
    const parsed = parseCassandraSpec(undefined);
    assert.ok(parsed.ok);
    const { version, datacenter, replicas, racks, storage } = parsed.value;
    assert.deepEqual(
      { version, datacenter, replicas, racks, storage },
      { version: '5.0.9', datacenter: 'dc1', replicas: 3, racks: [{ name: 'r1' }], storage: { size: '20Gi' } },
    );
  });

  it('reads whole numbers as quantities', () => {
    const parsed = parseCassandraSpec({ resources: { limits: { cpu: 2, memory: '5Gi' } } });
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.value.resources, { limits: { cpu: '2', memory: '5Gi' } });
  });

  it('fills the defaults of a part that is given in part', () => {
    const parsed = parseKafkaSpec({ placement: { gpuNodes: 'Ignore' } });
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.value.placement, {
      gpuNodes: 'Ignore',
      topologyKey: 'topology.kubernetes.io/zone',
      zoneSpread: 'Preferred',
      membersPerNode: 'One',
    });
  });

  it('keeps what it does not know in a freeform object', () => {
    const config = { num_tokens: 4, client_encryption_options: { enabled: true }, list: [1, 'two'] };
    const parsed = parseCassandraSpec({ config });
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.value.config, config);
  });

  it('says what is wrong with the key of a map', () => {
    assert.deepEqual(problemsOf('KafkaCluster', { config: { 'LOG DIRS': '/x' } })[0], {
      path: 'spec.config["LOG DIRS"]',
      message: 'must be a Kafka configuration key such as log.retention.hours',
    });
  });

  for (const [text, path] of [
    ['{"config":{"__proto__":{"a":1}}}', 'spec.config.__proto__'],
    ['{"config":{"list":[{"a":{"__proto__":1}}]}}', 'spec.config.list[0].a.__proto__'],
    ['{"podMetadata":{"labels":{"__proto__":"x"}}}', 'spec.podMetadata.labels.__proto__'],
  ] as const)
    it(`keeps silent about no key: ${path}`, () => {
      const message = 'is no name that anything can have: remove it';
      assert.deepEqual(problemsOf('CassandraCluster', JSON.parse(text)), [{ path, message }]);
    });

  it('goes into no depth', () => {
    const config = JSON.parse(`${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}`);
    const message = 'must not be nested in more than 32 levels';
    assert.deepEqual(problemsOf('CassandraCluster', { config }), [{ path: 'spec.config', message }]);
    assert.deepEqual(problemsOf('KafkaCluster', { placement: { affinity: config } }), [
      { path: 'spec.placement.affinity', message },
    ]);
  });

  it('names every problem at once', () => {
    const problems = problemsOf('KafkaCluster', { version: '1', deletionPolicy: 'x', image: '' });
    assert.deepEqual(
      new Set(problems.map(({ path }) => path)),
      new Set(['spec.version', 'spec.deletionPolicy', 'spec.image']),
    );
  });
});
