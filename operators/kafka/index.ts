/** Kafka as a product: the files of this room in the order of one reconcile. */
import { type KafkaClusterStatus, kafkaClusters } from '../../crds/kafka-cluster.ts';
import type { Resource } from '../kube/resource.ts';
import type { ServiceObject } from '../workload/facts.ts';
import type { MemberGroup } from '../workload/member-set.ts';
import { completed, type Product, type ServiceModel } from '../workload/product.ts';
import { actOnKafka } from './act.ts';
import type { KafkaAdmin } from './admin/admin.ts';
import { configChanges, wantedConfig } from './configure.ts';
import { desiredObjects, memberGroups } from './desired.ts';
import { type KafkaSnapshot, observeKafka } from './observe.ts';
import { type KafkaAction, planKafka } from './plan.ts';
import { kafkaRestarts } from './restarts.ts';
import { type KafkaSettings, type KafkaSpecModel, parseSpec } from './spec.ts';
import { reportKafka } from './status.ts';

export interface KafkaModel extends KafkaSpecModel, ServiceModel {
  version: KafkaSpecModel['version'];
  groups: MemberGroup[];
}

export type KafkaProduct = Product<KafkaClusterStatus, KafkaModel, KafkaSnapshot, KafkaAction>;

export const kafkaResource: Resource<ServiceObject<KafkaClusterStatus>> = kafkaClusters;

export function kafkaProduct(settings: KafkaSettings, admin: KafkaAdmin): KafkaProduct {
  return {
    kind: 'KafkaCluster',
    resource: kafkaResource,
    emptyStatus: {},
    parse: (spec, facts) =>
      completed(parseSpec(spec, facts, settings), facts, (model) => memberGroups(model, settings)),
    prepare: async () => ({ rejections: [], objects: [] }),
    desired: (model, facts) => desiredObjects(model, facts, settings),
    observe: (model, members, facts, { signal }) => {
      const pools = new Map(model.pools.map((pool) => [pool.spec.name, pool]));
      const recorded = facts.status.dynamicConfig ?? [];
      const changes = (present: ReadonlyMap<string, string>) => configChanges(wantedConfig(model), present, recorded);
      const disks =
        members.some(({ leaving }) => leaving) || facts.status.members?.some(({ leaving }) => leaving) === true;
      return observeKafka(members, pools, { admin, changes, disks, signal });
    },
    plan: planKafka,
    restarts: kafkaRestarts,
    act: (action, model, snapshot, turn) => actOnKafka(action, model, snapshot, { admin, settings }, turn),
    report: (model, snapshot, facts) => reportKafka(model, snapshot, facts, settings),
  };
}
