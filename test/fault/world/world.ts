/**
 * A whole cluster in memory that moves only when told to: API server, controllers, kubelets and the services themselves.
 * Everything is deterministic: the same calls give the same world.
 */
import { cassandraResource } from '../../../operators/cassandra/index.ts';
import { keyspaceResource } from '../../../operators/cassandra/keyspaces/keyspace.ts';
import { roleResource } from '../../../operators/cassandra/roles/role.ts';
import { kafkaResource } from '../../../operators/kafka/index.ts';
import { topicResource } from '../../../operators/kafka/topics/topic.ts';
import { userResource } from '../../../operators/kafka/users/user.ts';
import type { Clock } from '../../../operators/kube/clock.ts';
import {
  type KubeObject,
  type Node,
  nodes,
  type Resource,
  refOf,
  type StorageClass,
  storageClasses,
} from '../../../operators/kube/resource.ts';
import type { Issuer } from '../../../operators/tls/issue.ts';
import { keys } from '../../../operators/workload/identity.ts';
import { operationResource } from '../../../operators/workload/operations/operations.ts';
import { ApiServer } from './api-server.ts';
import { Cassandra } from './cassandra.ts';
import { collectGarbage } from './garbage-collector.ts';
import { watchInvariants } from './invariants.ts';
import { worldIssuer } from './issuer.ts';
import { Kafka } from './kafka.ts';
import { Kubelet, type Software } from './kubelet.ts';
import { schedule } from './scheduler.ts';
import { StatefulSetController } from './stateful-sets.ts';

export const namespace = 'ns';
export const user = 'user';

export interface WorldOptions {
  /** Whether nodes tell pods their zone, as Kubernetes does from 1.35 on. */
  zoneLabels?: boolean;
}

const resources = {
  KafkaCluster: kafkaResource,
  CassandraCluster: cassandraResource,
  KafkaUser: userResource,
  KafkaTopic: topicResource,
  CassandraKeyspace: keyspaceResource,
  CassandraRole: roleResource,
};

export class World {
  readonly server: ApiServer;
  readonly kafka: Kafka;
  readonly cassandra: Cassandra;
  readonly kubelet: Kubelet;
  /** What must never happen and did. */
  readonly violations: string[] = [];
  readonly clock: Clock;
  readonly issuer: Issuer = worldIssuer();
  readonly #options: WorldOptions;
  readonly #statefulSets: StatefulSetController;
  #now = Date.UTC(2030, 0, 1);

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.clock = { now: () => this.#now, sleep: async (ms) => this.pass(ms) };
    this.server = new ApiServer(() => this.#now);
    const violate = (what: string): void => void this.violations.push(what);
    this.kafka = new Kafka(violate, this.clock.now);
    this.cassandra = new Cassandra(violate, this.clock.now);
    const softwareOf = ({ metadata }: KubeObject): Software =>
      metadata.labels?.[keys.kind] === 'KafkaCluster' ? this.kafka : this.cassandra;
    this.kubelet = new Kubelet(this.server, softwareOf);
    this.#statefulSets = new StatefulSetController(this.server);
    watchInvariants({ server: this.server, cassandra: this.cassandra, kubelet: this.kubelet, softwareOf }, violate);
    this.#furnish();
  }

  /** Everybody but the operators takes one turn. */
  step(): void {
    const now = new Date(this.#now).toISOString();
    collectGarbage(this.server);
    this.#statefulSets.run();
    schedule(this.server, this.kubelet, { zoneLabels: this.#options.zoneLabels ?? true }, now);
    this.kubelet.run(now);
    this.kafka.step();
    this.cassandra.step();
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  /** The user applies an object of ours. */
  put(kind: keyof typeof resources, name: string, spec: object): KubeObject {
    const resource: Resource = resources[kind];
    const object = { apiVersion: 'stateward.dev/v1alpha1', kind, metadata: { namespace, name }, spec };
    if (this.server.get(resource, refOf(object)) === undefined) return this.server.create(user, resource, object);
    return this.server.modify(user, resource, refOf(object), (live) => ({ ...live, ...{ spec } }));
  }

  /** The user asks for one thing to be done to a service. */
  operate(name: string, spec: object): KubeObject {
    const operation = { apiVersion: 'stateward.dev/v1alpha1', kind: 'ServiceOperation', metadata: { namespace, name } };
    return this.server.create(user, operationResource, { ...operation, spec });
  }

  /** No node takes any more pods, or all do again. */
  cordon(unschedulable: boolean): void {
    for (const node of this.server.list(nodes)) {
      this.server.modify(user, nodes, refOf(node), (live) => ({ ...live, spec: { ...live.spec, unschedulable } }));
    }
  }

  /** A node is gone, with the data on it; the user says so. */
  loseNode(name: string): void {
    this.kubelet.lose(name);
    this.server.remove(user, nodes, { name }, { propagation: 'Background' });
  }

  /** The user deletes something. */
  drop(resource: Resource, name: string, propagation: 'Background' | 'Orphan' = 'Background'): void {
    this.server.remove(user, resource, { namespace, name }, { propagation });
  }

  #furnish(): void {
    const isDefault = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    for (const [index, name] of ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'].entries()) {
      const zone = ['a', 'b', 'c'][index % 3] ?? '';
      const labels = { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone };
      const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
      this.server.create(user, nodes, node);
    }
    this.addStorageClass('standard', isDefault);
  }

  addStorageClass(name: string, annotations: Record<string, string> = {}): void {
    const storageClass: StorageClass = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name, annotations },
      provisioner: 'simulated',
      allowVolumeExpansion: true,
    };
    this.server.create(user, storageClasses, storageClass);
  }
}
