import assert from 'node:assert/strict';
import { modelOf } from '../testing/cassandra.ts';
import { guardrailKeys, guardrailSettings } from './guardrails.ts';

const guardrailsOf = (guardrails: NonNullable<Parameters<typeof modelOf>[0]>['guardrails'] = {}, replicas = 3) =>
  guardrailSettings(modelOf({ guardrails, replicas }).spec.guardrails, replicas);

const usual = {
  keyspaces_warn_threshold: 40,
  tables_warn_threshold: 150,
  minimum_replication_factor_warn_threshold: 3,
  simplestrategy_enabled: false,
};

describe('guardrails', () => {
  it('warn early and refuse little where nothing is said', () => assert.deepEqual(guardrailsOf(), usual));

  it('ask for no more replicas than there are members', () =>
    assert.deepEqual(
      [1, 2, 3, 9].map((replicas) => guardrailsOf({}, replicas)['minimum_replication_factor_warn_threshold']),
      [1, 2, 3, 3],
    ));

  it('are off where the user leaves them empty', () =>
    assert.deepEqual(guardrailsOf({ refused: [], keyspaces: {}, tables: {}, minimumReplicationFactor: {} }), {}));

  it('have sizes in the units of Cassandra', () => {
    const found = guardrailsOf({ partitionSize: { warn: '100Mi', fail: '1Gi' }, columnValueSize: { fail: '512Ki' } });
    assert.deepEqual(found, {
      ...usual,
      partition_size_warn_threshold: '100MiB',
      partition_size_fail_threshold: '1GiB',
      column_value_size_fail_threshold: '512KiB',
    });
  });

  it('switch off what is refused, and nothing else', () => {
    const found = guardrailsOf({ refused: ['DropKeyspace', 'AllowFiltering'], tables: { fail: 9 } });
    const { simplestrategy_enabled: _allowed, tables_warn_threshold: _none, ...rest } = usual;
    assert.deepEqual(found, {
      ...rest,
      tables_fail_threshold: 9,
      drop_keyspace_enabled: false,
      allow_filtering_enabled: false,
    });
  });

  it('are nobody else’s to set', () => {
    for (const key of Object.keys(guardrailsOf({ pageSize: { warn: 1, fail: 2 }, refused: ['GroupBy'] })))
      assert.ok(guardrailKeys.includes(key), key);
  });
});
