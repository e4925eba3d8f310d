/** A KafkaCluster whose broker is ready, and what its entities are reconciled with. */
import type { KafkaClusterStatus } from '../../../crds/kafka-cluster.ts';
import type { Resource } from '../../kube/resource.ts';
import type { Outcome, Request } from '../../runtime/controller.ts';
import type { EntityObject, EntityStatus } from '../../workload/entities/entity.ts';
import type { Io } from '../../workload/io.ts';
import { entityWorld as sharedWorld } from '../../workload/testing/entities.ts';
import { serviceOf } from '../../workload/testing/services.ts';
import type { KafkaAdmin } from '../admin/admin.ts';
import type { ClusterParts } from '../entities.ts';
import { kafkaResource } from '../index.ts';
import { brokerRoleLabel } from '../names.ts';

export const service = serviceOf();

type Reconcile = (parts: ClusterParts, io: Io) => (request: Request) => Promise<Outcome>;

export function entityWorld<Status extends EntityStatus>(
  resource: Resource<EntityObject<Status>>,
  reconcileWith: Reconcile,
  admin: KafkaAdmin,
) {
  const world = sharedWorld({
    service,
    serviceResource: kafkaResource,
    resource,
    memberLabels: { [brokerRoleLabel]: 'true' },
    reconcileWith: (identities, io) => reconcileWith({ connect: () => admin, identities }, io),
  });
  return { ...world, haveCluster: (status: KafkaClusterStatus) => world.haveCluster(status, ['demo-kafka-0']) };
}
