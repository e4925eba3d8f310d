/** Kafka as a product: the files of this room in the order of one reconcile. */
import { type KafkaClusterStatus, kafkaClusters } from '../../crds/kafka-cluster.ts';
import { pods, type Resource } from '../kube/resource.ts';
import type { ServiceObject } from '../workload/facts.ts';
import type { Turn } from '../workload/io.ts';
import type { MemberGroup } from '../workload/member-set.ts';
import { completed, type Product, type ServiceModel } from '../workload/product.ts';
import type { KafkaAdmin } from './admin/admin.ts';
import { desiredObjects, memberGroups } from './desired.ts';
import { type KafkaSnapshot, observeKafka } from './observe.ts';
import { type KafkaAction, planKafka, type TellZone } from './plan.ts';
import { type KafkaSettings, type KafkaSpecModel, parseSpec } from './spec.ts';
import { zoneAnnotation } from './start.ts';
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
    parse: (spec, facts) => completed(parseSpec(spec, facts, settings), (model) => memberGroups(model, settings)),
    prepare: async () => ({ rejections: [], objects: [] }),
    desired: (model) => desiredObjects(model, settings),
    observe: (model, members, turn) => {
      const pools = new Map(model.pools.map((pool) => [pool.spec.name, pool]));
      return observeKafka(members, pools, admin, turn.signal);
    },
    plan: planKafka,
    act: (action, model, _snapshot, turn) => tellZone(action, model.service.namespace, turn),
    report: (model, snapshot, facts) => reportKafka(model, snapshot, facts, settings),
  };
}

async function tellZone(action: TellZone, namespace: string, turn: Turn): Promise<void> {
  const patch = { metadata: { uid: action.uid, annotations: { [zoneAnnotation]: action.zone } } };
  await turn.api.patch(pods, { namespace, name: action.pod }, patch, { signal: turn.signal });
}
