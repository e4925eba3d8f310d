/** Cassandra as a product: the files of this room in the order of one reconcile. */
import { type CassandraClusterStatus, cassandraClusters } from '../../crds/cassandra-cluster.ts';
import type { Resource } from '../kube/resource.ts';
import { addressAt } from '../workload/address.ts';
import type { Access, Identities } from '../workload/certificates/access.ts';
import { observeCertificates, type Shake } from '../workload/certificates/handshakes.ts';
import { authorityOf, prepareCertificates } from '../workload/certificates/prepare.ts';
import type { ServiceObject } from '../workload/facts.ts';
import type { Turn } from '../workload/io.ts';
import type { MemberGroup } from '../workload/members/member-set.ts';
import type { MemberView } from '../workload/members/members.ts';
import { completed, type Prepared, type Product, type ServiceModel } from '../workload/product.ts';
import { actOnCassandra } from './act.ts';
import type { CassandraAdmin, Protocol } from './admin/admin.ts';
import { certificateWish } from './certificates.ts';
import { prepareClientAuthority } from './client-authority.ts';
import { desiredObjects, memberGroups } from './desired.ts';
import { ports } from './names.ts';
import { type CassandraSnapshot, observeCassandra } from './observe.ts';
import { type CassandraAction, planCassandra } from './plan.ts';
import { cassandraRestarts } from './restarts.ts';
import { type CassandraSettings, type CassandraSpecModel, parseSpec } from './spec.ts';
import { reportCassandra } from './status.ts';
import { prepareSuperuser, readSuperuser } from './superuser/secret.ts';

export interface CassandraModel extends CassandraSpecModel, ServiceModel {
  version: CassandraSpecModel['version'];
  groups: MemberGroup[];
}

export type CassandraProduct = Product<CassandraClusterStatus, CassandraModel, CassandraSnapshot, CassandraAction>;

export const cassandraResource: Resource<ServiceObject<CassandraClusterStatus>> = cassandraClusters;

/** How Cassandra is spoken to by somebody with this access. */
export type Connect = (access: Access) => CassandraAdmin;

export function cassandraProduct(
  settings: CassandraSettings,
  connect: Connect,
  identities: Identities,
): CassandraProduct {
  const admin = async ({ service }: CassandraModel, turn: Turn): Promise<CassandraAdmin | undefined> => {
    const access = await identities.access(authorityOf(service, turn.cache), turn.clock.now());
    return access && connect(access);
  };
  const shakeOf =
    (model: CassandraModel, { signal }: Turn): Shake =>
    async (member, access) => {
      const asked = connect(access);
      const answers = doors(member, model).flatMap(([port, protocol]) => {
        const address = addressAt(member, port);
        return address === undefined ? [] : [asked.certificate(address, protocol, signal)];
      });
      return Promise.all(answers);
    };
  return {
    kind: 'CassandraCluster',
    resource: cassandraResource,
    emptyStatus: {},
    parse: (spec, facts) =>
      completed(parseSpec(spec, facts, settings), facts, (model) => memberGroups(model, settings)),
    prepare: (model, turn) => prepareCassandra(model, settings, turn),
    desired: (model, facts) => desiredObjects(model, facts, settings),
    observe: async (model, members, facts, turn) => {
      const certificates = await observeCertificates(members, facts, { identities, shake: shakeOf(model, turn) }, turn);
      const snapshot = await observeCassandra(model, members, facts, {
        admin: await admin(model, turn),
        superuser: () => readSuperuser(model, turn),
        signal: turn.signal,
      });
      return { ...snapshot, certificates };
    },
    plan: planCassandra,
    restarts: cassandraRestarts,
    act: async (action, model, snapshot, turn) => {
      const asked = await admin(model, turn);
      if (asked !== undefined) await actOnCassandra(action, model, snapshot, asked, turn);
    },
    report: (model, snapshot, facts) => reportCassandra(model, snapshot, facts, settings),
  };
}

/** Where a member presents its certificate. It joins for hours before it opens its port for clients, with what is new then. */
function doors({ report }: MemberView, { spec }: CassandraModel): [number, Protocol][] {
  const hasNative = report.state === 'Ready' && spec.encryption.clients !== 'None';
  const native: [number, Protocol][] = hasNative ? [[ports.native, 'Cql']] : [];
  return [[ports.storage, 'Internode'], ...native, [ports.agentTls, 'Agent']];
}

/** Certificates first: what clients are given says whom to trust. */
async function prepareCassandra(model: CassandraModel, settings: CassandraSettings, turn: Turn): Promise<Prepared> {
  const certificates = await prepareCertificates(certificateWish(model, settings), turn);
  if (certificates.rejections.length > 0) return certificates;
  const authority = authorityOf(model.service, turn.cache);
  const superuser = await prepareSuperuser(model, authority, settings, turn);
  const clients = await prepareClientAuthority(model, authority, turn);
  return {
    ...certificates,
    rejections: [...superuser.rejections, ...clients.rejections],
    objects: [...certificates.objects, ...superuser.objects, ...clients.objects],
  };
}
