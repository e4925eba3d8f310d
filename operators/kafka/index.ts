/** Kafka as a product: the files of this room in the order of one reconcile. */
import { type KafkaClusterStatus, kafkaClusters } from '../../crds/kafka-cluster.ts';
import type { Resource } from '../kube/resource.ts';
import { addressAt } from '../workload/address.ts';
import type { Access, Identities } from '../workload/certificates/access.ts';
import { observeCertificates, type Shake } from '../workload/certificates/handshakes.ts';
import { authorityOf, prepareCertificates } from '../workload/certificates/prepare.ts';
import type { ServiceObject } from '../workload/facts.ts';
import type { Turn } from '../workload/io.ts';
import type { MemberGroup } from '../workload/members/member-set.ts';
import { completed, type Product, type ServiceModel } from '../workload/product.ts';
import { closedWindow } from '../workload/service-plans.ts';
import { actOnKafka } from './act.ts';
import type { KafkaAdmin } from './admin/admin.ts';
import { certificateWish } from './certificates.ts';
import { configChanges, wantedConfig } from './config/configure.ts';
import { desiredObjects, memberGroups } from './desired.ts';
import { doubtful } from './forwarding/forwarding.ts';
import { withReconnects } from './forwarding/reconnect.ts';
import { ports } from './names.ts';
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

/** How Kafka is spoken to by somebody with this access. */
export type Connect = (access: Access) => KafkaAdmin;

export function kafkaProduct(settings: KafkaSettings, connect: Connect, identities: Identities): KafkaProduct {
  const admin = async ({ service }: KafkaModel, turn: Turn): Promise<KafkaAdmin | undefined> => {
    const access = await identities.access(authorityOf(service, turn.cache), turn.clock.now());
    return access && connect(access);
  };
  const shakeOf =
    ({ pools }: KafkaModel, { signal }: Turn): Shake =>
    async (member, access) => {
      const pool = pools.find(({ spec }) => spec.name === member.group.group);
      const asked = (pool?.roles ?? []).map((role) => (role === 'Broker' ? ports.internal : ports.controller));
      const addresses = asked.flatMap((port) => addressAt(member, port) ?? []);
      return Promise.all(addresses.map((address) => connect(access).certificate(address, signal)));
    };
  return {
    kind: 'KafkaCluster',
    resource: kafkaResource,
    emptyStatus: {},
    parse: (spec, facts) =>
      completed(parseSpec(spec, facts, settings), facts, (model) => memberGroups(model, settings)),
    prepare: (model, turn) => prepareCertificates(certificateWish(model, settings), turn),
    desired: (model, facts) => desiredObjects(model, facts, settings),
    observe: async (model, members, facts, turn) => {
      const certificates = await observeCertificates(members, facts, { identities, shake: shakeOf(model, turn) }, turn);
      const pools = new Map(model.pools.map((pool) => [pool.spec.name, pool]));
      const recorded = facts.status.dynamicConfig ?? [];
      const changes = (present: ReadonlyMap<string, string>) => configChanges(wantedConfig(model), present, recorded);
      const disks =
        members.some(({ leaving }) => leaving) || facts.status.members?.some(({ leaving }) => leaving) === true;
      const snapshot = await observeKafka(members, pools, {
        admin: await admin(model, turn),
        changes,
        disks,
        doubtful: doubtful(members, facts),
        now: turn.clock.now(),
        signal: turn.signal,
      });
      return { ...snapshot, certificates };
    },
    plan: (model, snapshot, facts, now) => {
      const service = () => kafkaRestarts(model, snapshot, facts, now);
      const hold = closedWindow(model.updates.windows, now);
      return withReconnects(planKafka(model, snapshot, facts, now), { service, snapshot, facts, hold, now });
    },
    restarts: kafkaRestarts,
    act: async (action, model, snapshot, turn) => {
      const asked = await admin(model, turn);
      if (asked !== undefined) await actOnKafka(action, model, snapshot, { admin: asked, settings }, turn);
    },
    report: (model, snapshot, facts, planned) => reportKafka(model, snapshot, facts, { planned, settings }),
  };
}
