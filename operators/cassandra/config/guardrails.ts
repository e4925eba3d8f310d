/** Pure: `spec.guardrails` in the words of cassandra.yaml. */
import type { Guardrails, Refusal } from '../../../crds/cassandra-settings.ts';

type Limit = Exclude<keyof Guardrails, 'refused'>;
type Threshold = { warn?: number | string | undefined; fail?: number | string | undefined };

const thresholds: Record<Limit, string> = {
  keyspaces: 'keyspaces',
  tables: 'tables',
  columnsPerTable: 'columns_per_table',
  secondaryIndexesPerTable: 'secondary_indexes_per_table',
  materializedViewsPerTable: 'materialized_views_per_table',
  fieldsPerUdt: 'fields_per_udt',
  vectorDimensions: 'vector_dimensions',
  pageSize: 'page_size',
  partitionKeysInSelect: 'partition_keys_in_select',
  inSelectCartesianProduct: 'in_select_cartesian_product',
  itemsPerCollection: 'items_per_collection',
  collectionSize: 'collection_size',
  columnValueSize: 'column_value_size',
  partitionSize: 'partition_size',
  partitionTombstones: 'partition_tombstones',
  dataDiskUsagePercentage: 'data_disk_usage_percentage',
  minimumReplicationFactor: 'minimum_replication_factor',
  maximumReplicationFactor: 'maximum_replication_factor',
};

const switches: Record<Refusal, string> = {
  AllowFiltering: 'allow_filtering_enabled',
  AlterTable: 'alter_table_enabled',
  CompactTables: 'compact_tables_enabled',
  DropKeyspace: 'drop_keyspace_enabled',
  DropOrTruncateTable: 'drop_truncate_table_enabled',
  GroupBy: 'group_by_enabled',
  ReadBeforeWriteListOperations: 'read_before_write_list_operations_enabled',
  SecondaryIndexes: 'secondary_indexes_enabled',
  SimpleStrategy: 'simplestrategy_enabled',
  UncompressedTables: 'uncompressed_tables_enabled',
  UserTimestamps: 'user_timestamps_enabled',
};

/** By which Cassandra still knows some of them: it refuses to start with both. */
const formerKeys = [
  'keyspace_count_warn_threshold',
  'table_count_warn_threshold',
  'compaction_large_partition_warning_threshold',
  'compaction_large_partition_warning_threshold_mb',
  'compaction_tombstone_warning_threshold',
];

export const guardrailKeys: readonly string[] = [
  ...Object.values(thresholds).flatMap((name) => [`${name}_warn_threshold`, `${name}_fail_threshold`]),
  ...Object.values(switches),
  ...formerKeys,
];

/** No more replicas than there are members can be asked of anybody. */
export function guardrailSettings({ refused, ...limits }: Guardrails, replicas: number): Record<string, unknown> {
  const all = { minimumReplicationFactor: { warn: Math.min(3, replicas) }, ...limits };
  return Object.fromEntries([
    ...entriesOf(thresholds).flatMap(([limit, name]) => thresholdSettings(name, all[limit] ?? {})),
    ...refused.map((refusal) => [switches[refusal], false]),
  ]);
}

function entriesOf<Key extends string, Value>(record: Record<Key, Value>): [Key, Value][] {
  return Object.entries(record) as [Key, Value][];
}

function thresholdSettings(name: string, { warn, fail }: Threshold): [string, unknown][] {
  return [
    ...(warn === undefined ? [] : [[`${name}_warn_threshold`, inYaml(warn)] as [string, unknown]]),
    ...(fail === undefined ? [] : [[`${name}_fail_threshold`, inYaml(fail)] as [string, unknown]]),
  ];
}

/** `10Mi` is `10MiB` there. */
function inYaml(value: number | string): number | string {
  return typeof value === 'string' ? `${value}B` : value;
}
