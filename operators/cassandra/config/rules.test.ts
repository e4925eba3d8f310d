import assert from 'node:assert/strict';
import { refusal } from './rules.ts';

/** Of all `@Replaces` in the `Config` of Cassandra 5.0.9, those of settings that are not the user's. */
const formerNames: Record<string, string[]> = {
  roles_validity: ['roles_validity_in_ms'],
  roles_update_interval: ['roles_update_interval_in_ms'],
  permissions_validity: ['permissions_validity_in_ms'],
  permissions_update_interval: ['permissions_update_interval_in_ms'],
  credentials_validity: ['credentials_validity_in_ms'],
  credentials_update_interval: ['credentials_update_interval_in_ms'],
  keyspaces_warn_threshold: ['keyspace_count_warn_threshold'],
  tables_warn_threshold: ['table_count_warn_threshold'],
  partition_size_warn_threshold: [
    'compaction_large_partition_warning_threshold',
    'compaction_large_partition_warning_threshold_mb',
  ],
  partition_tombstones_warn_threshold: ['compaction_tombstone_warning_threshold'],
};

describe('a setting of Cassandra that is not the user’s', () => {
  for (const [name, former] of Object.entries(formerNames))
    it(`is refused by each of its names, for the same reason: ${name}`, () => {
      const reason = refusal(name);
      assert.ok(reason);
      for (const each of former) assert.equal(refusal(each), reason);
    });

  it('is none that only begins like one, or that every object has', () => {
    for (const name of ['roles_cache_max_entries', 'max_hint_window_in_ms', 'constructor'])
      assert.equal(refusal(name), undefined);
  });
});
