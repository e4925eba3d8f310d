/** Which settings a running Kafka takes over from the dynamic configuration of all brokers (KIP-226). */
import type { KafkaVersion } from '../../../crds/kafka-cluster.ts';

/**
 * Each was set and taken back on a running 4.2.1 and 4.3.1, where controllers follow too. Not here, so that they are
 * changed by restarts, one member after another:
 * - what Kafka takes for one broker only, and what Stateward sets itself (see config-rules.ts);
 * - the other units of a setting (`log.retention.hours`): Kafka reads these at the start;
 * - message.max.bytes and log.cleaner.{threads,backoff.ms,dedupe.buffer.size,io.*}: they restart the log cleaner of every
 *   broker at once, whose buffer (128 MiB) is then needed twice, and a small heap runs out of memory.
 */
const everywhere = [
  'background.threads',
  'compression.gzip.level',
  'compression.lz4.level',
  'compression.type',
  'compression.zstd.level',
  'log.cleaner.delete.retention.ms',
  'log.cleaner.max.compaction.lag.ms',
  'log.cleaner.min.cleanable.ratio',
  'log.cleaner.min.compaction.lag.ms',
  'log.cleanup.policy',
  'log.flush.interval.messages',
  'log.flush.interval.ms',
  'log.index.interval.bytes',
  'log.index.size.max.bytes',
  'log.local.retention.bytes',
  'log.local.retention.ms',
  'log.message.timestamp.after.max.ms',
  'log.message.timestamp.before.max.ms',
  'log.message.timestamp.type',
  'log.preallocate',
  'log.retention.bytes',
  'log.retention.ms',
  'log.roll.jitter.ms',
  'log.roll.ms',
  'log.segment.bytes',
  'log.segment.delete.delay.ms',
  'max.connection.creation.rate',
  'max.connections',
  'max.connections.per.ip',
  'max.connections.per.ip.overrides',
  'metric.reporters',
  // With eligible leader replicas (KIP-966) it is always set, counts more than the file, and cannot be taken back.
  'min.insync.replicas',
  'num.io.threads',
  'num.network.threads',
  'num.recovery.threads.per.data.dir',
  'num.replica.fetchers',
  'producer.id.expiration.ms',
  'remote.fetch.max.wait.ms',
  'remote.list.offsets.request.timeout.ms',
  'remote.log.index.file.cache.total.size.bytes',
  'remote.log.manager.copier.thread.pool.size',
  'remote.log.manager.copy.max.bytes.per.second',
  'remote.log.manager.expiration.thread.pool.size',
  'remote.log.manager.fetch.max.bytes.per.second',
  'remote.log.manager.follower.thread.pool.size',
  'remote.log.reader.threads',
  'transaction.partition.verification.enable',
  'unclean.leader.election.enable',
];

const since43 = [
  'follower.fetch.last.tiered.offset.enable',
  'group.consumer.assignment.interval.ms',
  'group.coordinator.cached.buffer.max.bytes',
  'group.share.assignment.interval.ms',
  'group.streams.assignment.interval.ms',
  'share.coordinator.cached.buffer.max.bytes',
];

const dynamicKeys: Record<KafkaVersion, ReadonlySet<string>> = {
  '4.3.1': new Set([...everywhere, ...since43]),
  '4.2.1': new Set(everywhere),
};

/** Whether a change of this setting reaches all running members without a restart. */
export function isDynamic(version: KafkaVersion, key: string): boolean {
  return dynamicKeys[version].has(key);
}

/** Thread counts, with Kafka's defaults. */
const threads = new Map<string, number>([
  ['background.threads', 10],
  ['num.io.threads', 8],
  ['num.network.threads', 3],
  ['num.recovery.threads.per.data.dir', 2],
  ['num.replica.fetchers', 1],
  ['remote.log.manager.copier.thread.pool.size', 10],
  ['remote.log.manager.expiration.thread.pool.size', 10],
  ['remote.log.manager.follower.thread.pool.size', 2],
  ['remote.log.reader.threads', 10],
]);

/**
 * The next value on the way to the wanted one: Kafka refuses to take a thread count to more than twice or to less than
 * half of what runs (rounded down), also when the setting is taken back. Undefined stands for Kafka's default.
 */
export function nextStep<Wanted extends string | undefined>(
  key: string,
  present: string | undefined,
  wanted: Wanted,
): string | Wanted {
  const usual = threads.get(key);
  if (usual === undefined) return wanted;
  const [from, to] = [countOf(present, usual), countOf(wanted, usual)];
  if (from === undefined || to === undefined) return wanted;
  const next = Math.min(Math.max(to, Math.floor(from / 2)), from * 2);
  return next === to ? wanted : String(next);
}

/** Undefined for what Kafka refuses as a count. */
function countOf(value: string | undefined, usual: number): number | undefined {
  if (value === undefined) return usual;
  const count = Number(value);
  return Number.isInteger(count) && count > 0 ? count : undefined;
}
