/** Cassandra as a product: the files of this room in the order of one reconcile. */
import { type CassandraClusterStatus, cassandraClusters } from '../../crds/cassandra-cluster.ts';
import type { Resource } from '../kube/resource.ts';
import type { ServiceObject } from '../workload/facts.ts';
import type { MemberGroup } from '../workload/member-set.ts';
import { completed, type Product, type ServiceModel } from '../workload/product.ts';
import { actOnCassandra } from './act.ts';
import type { CassandraAdmin } from './admin/admin.ts';
import { desiredObjects, memberGroups } from './desired.ts';
import { type CassandraSnapshot, observeCassandra } from './observe.ts';
import { type CassandraAction, planCassandra } from './plan.ts';
import { cassandraRestarts } from './restarts.ts';
import { type CassandraSettings, type CassandraSpecModel, parseSpec } from './spec.ts';
import { reportCassandra } from './status.ts';
import { prepareSuperuser, readSuperuser } from './superuser.ts';

export interface CassandraModel extends CassandraSpecModel, ServiceModel {
  version: CassandraSpecModel['version'];
  groups: MemberGroup[];
}

export type CassandraProduct = Product<CassandraClusterStatus, CassandraModel, CassandraSnapshot, CassandraAction>;

export const cassandraResource: Resource<ServiceObject<CassandraClusterStatus>> = cassandraClusters;

export function cassandraProduct(settings: CassandraSettings, admin: CassandraAdmin): CassandraProduct {
  return {
    kind: 'CassandraCluster',
    resource: cassandraResource,
    emptyStatus: {},
    parse: (spec, facts) =>
      completed(parseSpec(spec, facts, settings), facts, (model) => memberGroups(model, settings)),
    prepare: (model, turn) => prepareSuperuser(model, settings, turn),
    desired: (model, facts) => desiredObjects(model, facts, settings),
    observe: (model, members, facts, turn) =>
      observeCassandra(model, members, facts, admin, () => readSuperuser(model, turn), turn.signal),
    plan: planCassandra,
    restarts: cassandraRestarts,
    act: (action, model, snapshot, turn) => actOnCassandra(action, model, snapshot, admin, turn),
    report: (model, snapshot, facts) => reportCassandra(model, snapshot, facts, settings),
  };
}
