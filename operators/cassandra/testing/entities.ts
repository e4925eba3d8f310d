/** A CassandraCluster that clients use, and what its entities are reconciled with. */
import type { CassandraClusterSpecInput } from '../../../crds/cassandra-cluster.ts';
import { type Resource, secrets } from '../../kube/resource.ts';
import type { Outcome, Request } from '../../runtime/controller.ts';
import type { EntityObject, EntityStatus } from '../../workload/entities/entity.ts';
import { dataLabelsOf } from '../../workload/identity.ts';
import type { Io } from '../../workload/io.ts';
import { entityWorld as sharedWorld } from '../../workload/testing/entities.ts';
import type { CassandraAdmin } from '../admin/admin.ts';
import { DdlQueue } from '../ddl-queue.ts';
import type { ClusterParts } from '../entities.ts';
import { cassandraResource } from '../index.ts';
import { names } from '../names.ts';
import { joinedStatus, published, service } from './cassandra.ts';

export const superuser = { username: 'stateward', password: 'secret' };

type Reconcile = (parts: ClusterParts, io: Io) => (request: Request) => Promise<Outcome>;

export async function entityWorld<Status extends EntityStatus>(
  resource: Resource<EntityObject<Status>>,
  reconcileWith: Reconcile,
  admin: CassandraAdmin,
  spec: CassandraClusterSpecInput = {},
) {
  const ddl = new DdlQueue();
  const world = sharedWorld({
    service,
    serviceResource: cassandraResource,
    resource,
    memberLabels: {},
    reconcileWith: (identities, io) => reconcileWith({ connect: () => admin, identities, ddl }, io),
  });
  const members = ['demo-r1-0', 'demo-r1-1', 'demo-r1-2'];
  await world.haveCluster({ endpoints: published, members: joinedStatus(...members) }, members, spec);
  const { namespace } = service;
  const metadata = { namespace, name: names.superuser(service), labels: dataLabelsOf(service) };
  const data = Object.fromEntries(
    Object.entries(superuser).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  await world.put(secrets, { apiVersion: 'v1', kind: 'Secret', metadata, data });
  return { ...world, ddl };
}
