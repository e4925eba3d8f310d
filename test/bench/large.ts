/** Services of 500 members, all of which are to restart; without a cluster. */

import { cassandraProduct } from '../../operators/cassandra/index.ts';
import * as cassandra from '../../operators/cassandra/testing/cassandra.ts';
import type { Partition } from '../../operators/kafka/admin/admin.ts';
import { kafkaProduct } from '../../operators/kafka/index.ts';
import * as kafka from '../../operators/kafka/testing/kafka.ts';
import type { Plan } from '../../operators/plan/plan.ts';
import { issuer } from '../../operators/tls/issue.ts';
import { Identities } from '../../operators/workload/certificates/access.ts';
import type { CommonStatus, Facts } from '../../operators/workload/facts.ts';
import { memberStatus } from '../../operators/workload/members/members.ts';
import type { Product, ServiceModel, ServiceSnapshot } from '../../operators/workload/product.ts';
import { servicePlans } from '../../operators/workload/service-plans.ts';
import { plannedStatus } from '../../operators/workload/status.ts';

export const replicas = 500;
export const partitions = 10_000;

export interface Large {
  what: string;
  /** All plans, from all that was observed. */
  plan: () => Plan<unknown>[];
  /** Of its status as JSON, with every step in it. */
  statusBytes: number;
}

interface Observed<Status, Model, Snapshot> {
  what: string;
  model: Model;
  snapshot: Snapshot;
  facts: Facts<Status & CommonStatus>;
}

const quiet = { restartRequired: [], atRisk: undefined, certificates: undefined, paused: [] };

function large<Status extends CommonStatus, Model extends ServiceModel, Snapshot extends ServiceSnapshot, Action>(
  product: Product<Status, Model, Snapshot, Action>,
  { what, model, snapshot, facts }: Observed<Status, Model, Snapshot>,
): Large {
  const now = Date.now();
  const plan = () => servicePlans(product, { model, snapshot, operations: [], facts, now });
  const said = { members: snapshot.members.map(memberStatus), ...quiet };
  const planned = plannedStatus({ ...said, plans: plan() }, facts, new Date(now).toISOString());
  const status = { ...planned, ...product.report(model, snapshot, facts, { plans: plan(), now }) };
  return { what, plan, statusBytes: JSON.stringify(status).length };
}

/** Each sees all others: a quarter of a million of views. */
export function largeCassandra(): Large {
  const { settings, adminOf, modelOf, membersOf, seeingEachOther, snapshotOf, cassandraFacts } = cassandra;
  const model = modelOf({ replicas, racks: ['a', 'b', 'c'].map((zone) => ({ name: `r-${zone}`, zone })) });
  const members = seeingEachOther(membersOf(model)).map((member) => ({ ...member, outdated: 'Spec' as const }));
  const strategy = 'NetworkTopologyStrategy';
  const keyspaces = [{ name: 'orders', strategy, replication: new Map([['dc1', 3]]), durableWrites: true }];
  const what = `Cassandra, ${replicas} members`;
  const observed = { what, model, snapshot: snapshotOf({ members, keyspaces }), facts: cassandraFacts() };
  return large(
    cassandraProduct(settings, () => adminOf(), new Identities(issuer)),
    observed,
  );
}

/** Three replicas of each, in sync, all over the brokers. */
export function partitionsOn(brokers: readonly number[]): Partition[] {
  return Array.from({ length: partitions }, (_, index) => {
    const replicas = [0, 1, 2].map((step) => brokers[(index + step * 7) % brokers.length] ?? 0);
    return { topic: `topic-${index % 500}`, index, leader: replicas[0] ?? 0, replicas, inSync: replicas, minInSync: 2 };
  });
}

export function largeKafka(): Large {
  const { settings, adminOf, modelOf, membersOf, snapshotOf, clusterOf, kafkaFacts } = kafka;
  const pools = [
    { name: 'controller', roles: ['Controller' as const] },
    { name: 'broker', roles: ['Broker' as const], replicas: replicas - 3 },
  ];
  const model = modelOf({ pools });
  const members = membersOf(model).map((member) => ({ ...member, outdated: 'Spec' as const, joined: true }));
  const brokers = members.filter(({ pool }) => pool.spec.name === 'broker').map(({ nodeId }) => nodeId);
  const snapshot = snapshotOf({ members, partitions: partitionsOn(brokers), cluster: clusterOf({ brokers }) });
  const what = `Kafka, ${replicas} members, ${partitions} partitions`;
  return large(
    kafkaProduct(settings, () => adminOf(), new Identities(issuer)),
    { what, model, snapshot, facts: kafkaFacts() },
  );
}
