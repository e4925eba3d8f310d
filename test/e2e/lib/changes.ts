/** What a change of a service in use must keep: every acknowledged write, and all members but one. */
import assert from 'node:assert/strict';
import type { CassandraAccess } from '../../../hack/clients/cassandra.ts';
import type { KafkaAccess } from '../../../hack/clients/kafka.ts';
import { systemClock } from '../../../operators/kube/clock.ts';
import type { ServiceKind } from '../../../operators/workload/identity.ts';
import { type CassandraOutcome, cassandraReport, startCassandraWriter } from '../../lib/history/cassandra-writer.ts';
import { type DownWatch, downText, watchDown } from '../../lib/history/down-watch.ts';
import { isKept, type Verdict, verdictText } from '../../lib/history/history.ts';
import { type KafkaOutcome, type KafkaWriter, kafkaReport, startKafkaWriter } from '../../lib/history/kafka-writer.ts';
import { accessTo as cassandraAccess } from './cassandra.ts';
import { accessTo, endpointsOf } from './kafka.ts';
import type { Place } from './place.ts';

export interface Writer {
  stop(): Promise<unknown>;
  verify(signal: AbortSignal): Promise<Verdict>;
}

export interface Change {
  kind: ServiceKind;
  service: string;
  /** Starts an application that writes and reads for as long as the change lasts. */
  write: () => Promise<Writer>;
  /** What the application has seen, in words. */
  report: (outcome: unknown) => string;
}

/** Runs `change` under the eyes of an application and of a watch on the pods; answers who was down, and when. */
export async function underLoad(place: Place, options: Change, change: () => Promise<void>): Promise<DownWatch> {
  const { kind, service, write, report } = options;
  const { api, namespace, signal } = place;
  const watch = await watchDown({ api, namespace, kind, service, clock: systemClock }, signal);
  const writer = await write();
  try {
    await change();
  } finally {
    const outcome = await writer.stop();
    console.log(`      ${report(outcome).replaceAll('\n', '\n      ')}`);
    await watch.stop();
  }
  const verdict = await writer.verify(AbortSignal.any([signal, AbortSignal.timeout(120_000)]));
  assert.ok(isKept(verdict), verdictText(verdict));
  return watch;
}

/** At no time two. */
export function assertOneDown(watch: DownWatch): void {
  const most = watch.maxDownTogether();
  assert.ok(most.count <= 1, downText(most));
}

/** Nobody but these. */
export function assertNobodyDown(watch: DownWatch, except: string[] = []): void {
  const most = watch.maxDownTogether(except);
  assert.equal(most.count, 0, downText(most));
}

export interface KafkaLoad extends Change {
  write: () => Promise<KafkaWriter>;
}

/** Two applications of one service must not find each other's records. */
let histories = 0;

/**
 * An application of a KafkaCluster, with a topic of its own for each change.
 *
 * @param whom - what the application knows; a tester's unless given
 * @param listener - where it connects; the first that there is unless given
 */
export function kafkaLoad(
  at: () => Place,
  service: string,
  whom: () => Promise<KafkaAccess> = () => accessTo(at(), service),
  listener?: string,
): KafkaLoad {
  return {
    kind: 'KafkaCluster',
    service,
    report: (outcome) => kafkaReport(outcome as KafkaOutcome),
    write: async () => {
      const [endpoint] = (await endpointsOf(at(), service)).filter(({ name }) => name === (listener ?? name));
      const access = { ...(await whom()), bootstrap: endpoint?.dns ?? [] };
      histories += 1;
      return startKafkaWriter({ access, topic: `history-${endpoint?.name}-${histories}`, perSecond: 30 }, at().signal);
    },
  };
}

export interface CassandraLoadOptions {
  /** 3 unless given. */
  replicas?: number;
  /** What the application knows; that of the binding unless given. */
  whom?: () => Promise<CassandraAccess>;
}

/** An application of a CassandraCluster, with a keyspace of its own for each change. */
export function cassandraLoad(
  at: () => Place,
  service: string,
  { replicas = 3, whom = () => cassandraAccess(at(), service) }: CassandraLoadOptions = {},
): Change {
  return {
    kind: 'CassandraCluster',
    service,
    report: (outcome) => cassandraReport(outcome as CassandraOutcome),
    write: async () => {
      histories += 1;
      const keyspace = `history_${histories}`;
      const writer = await startCassandraWriter(
        { access: await whom(), keyspace, replicas, perSecond: 30 },
        at().signal,
      );
      return { ...writer, verify: async (signal) => writer.verify(signal, await whom()) };
    },
  };
}
