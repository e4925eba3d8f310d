/** Pure: a Kafka service as Kubernetes objects. */
import { createHash } from 'node:crypto';
import { anonymous, type KafkaClusterStatus, type KafkaListener } from '../../crds/kafka-cluster.ts';
import type { ConfigMap, KubeObject } from '../kube/resource.ts';
import { agentContainer, agentProbes, configDir } from '../workload/agent.ts';
import { bindingSecret } from '../workload/binding.ts';
import { certificateMount, certificateVolume } from '../workload/certificates/files.ts';
import { disruptionBudget } from '../workload/disruption-budget.ts';
import type { Facts } from '../workload/facts.ts';
import { ownedMeta, serviceDns } from '../workload/identity.ts';
import {
  type Container,
  envFromField,
  type GroupShape,
  type MemberGroup,
  memberNames,
  memberSet,
  runMounts,
  runVolumes,
} from '../workload/members/member-set.ts';
import { type Doors, networkPolicies } from '../workload/network-policy.ts';
import { pausedList } from '../workload/operations/pause.ts';
import { clientService, headlessService, memberService } from '../workload/services.ts';
import { dataRoot, serverProperties, withoutQuorum } from './config/server-properties.ts';
import { clusterIdAnnotation } from './ids.ts';
import { foremost, keepsAnonymous } from './listeners/open.ts';
import { brokerRoleLabel, names, ports } from './names.ts';
import type { KafkaSettings, KafkaSpecModel, PoolModel } from './spec.ts';
import { formatArguments, kafkaCommand, log4j2, prepareScript, strangersFile } from './start.ts';

/** A broker hands its leaderships over before it ends and allows itself five minutes for it. */
const graceSeconds = 330;

export function desiredObjects(
  model: KafkaSpecModel & { groups: MemberGroup[] },
  facts: Facts<KafkaClusterStatus>,
  settings: KafkaSettings,
): KubeObject[] {
  const { service, spec } = model;
  const { operatorNamespace } = settings;
  return [
    headlessService(service, names.members(service), memberPorts(model)),
    clientService(service, names.bootstrap(service), model.listeners, { [brokerRoleLabel]: 'true' }),
    ...brokerPods(model).map((pod) => memberService(service, pod, model.listeners)),
    disruptionBudget(service, names.budget(service), facts),
    ...networkPolicies(service, names.networkPolicy(service), doors(model), {
      ...spec.networkPolicy,
      operatorNamespace,
    }),
    bindingSecret(service, names.binding(service), bindingEntries(model, facts, settings)),
    ...model.pools.map((pool) => configMap(model, pool, facts, settings)),
    ...model.groups.map(memberSet),
  ];
}

/** The operator speaks to controllers and brokers, clients to the listeners that the user has named. */
function doors({ listeners }: KafkaSpecModel): Doors {
  const own = [ports.controller, ports.internal];
  return { members: own, operator: own, clients: listeners.map(({ port }) => port) };
}

/** Those that have yet to leave are clients' addresses until they have. */
function brokerPods({ groups, pools }: KafkaSpecModel & { groups: MemberGroup[] }): string[] {
  const brokers = new Set(pools.filter(({ roles }) => roles.includes('Broker')).map(({ spec }) => spec.name));
  return groups.filter(({ group }) => brokers.has(group)).flatMap(memberNames);
}

/** A name of a port has 15 characters: listeners whose names begin alike go by their ports. */
function portName({ name, port }: KafkaListener, { listeners }: KafkaSpecModel): string {
  const short = (of: string): string => `client-${of}`.slice(0, 15);
  const alike = listeners.filter((other) => short(other.name) === short(name));
  return alike.length > 1 ? `client-${port}` : short(name);
}

function memberPorts(model: KafkaSpecModel): { name: string; port: number }[] {
  return [
    { name: 'controller', port: ports.controller },
    { name: 'internal', port: ports.internal },
    ...model.listeners.map((listener) => ({ name: portName(listener, model), port: listener.port })),
  ];
}

function bindingEntries(
  model: KafkaSpecModel,
  { status }: Facts<KafkaClusterStatus>,
  settings: KafkaSettings,
): Record<string, string> {
  const host = serviceDns(names.bootstrap(model.service), model.service, settings.clusterDomain);
  const port = String(foremost(model, status)?.port ?? '');
  return { host, port, 'bootstrap-servers': `${host}:${port}` };
}

function configMap(model: KafkaSpecModel, pool: PoolModel, facts: Facts, settings: KafkaSettings): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: ownedMeta(model.service, names.config(model.service, pool.spec.name)),
    data: {
      ...startFiles(model, pool, settings),
      format: formatArguments(model, pool, settings),
      strangers: strangersFile(model, pool),
      paused: pausedList(facts),
    },
  };
}

/** Everything that a running process read at its start; a change of it needs a restart. */
function startFiles(model: KafkaSpecModel, pool: PoolModel, settings: KafkaSettings): Record<string, string> {
  return {
    'server.properties': serverProperties(model, pool, settings),
    'log4j2.properties': log4j2,
    'prepare.sh': prepareScript(model, pool),
  };
}

export function memberGroups(model: KafkaSpecModel, settings: KafkaSettings): GroupShape[] {
  return model.pools.map((pool) => memberGroup(model, pool, settings));
}

function memberGroup(model: KafkaSpecModel, pool: PoolModel, settings: KafkaSettings): GroupShape {
  const { service, spec } = model;
  const { 'server.properties': properties = '', ...files } = startFiles(model, pool, settings);
  const config = JSON.stringify({ ...files, 'server.properties': withoutQuorum(properties) });
  return {
    service,
    name: names.pool(service, pool.spec.name),
    group: pool.spec.name,
    replicas: pool.replicas,
    firstOrdinal: pool.firstNodeId,
    headless: names.members(service),
    claims: pool.spec.storage.volumes.map(({ name, size, storageClassName }) => ({
      name,
      size,
      storageClassName,
      annotations: { [clusterIdAnnotation]: model.clusterId },
    })),
    initContainers: [agentContainer(settings.agentsImage), prepareContainer(model, pool)],
    container: kafkaContainer(model, pool),
    volumes: [
      ...runVolumes,
      { name: 'config', configMap: { name: names.config(service, pool.spec.name) } },
      certificateVolume(names.pool(service, pool.spec.name)),
    ],
    graceSeconds,
    keeps: keptFor(model, pool),
    placement: pool.spec.placement ?? spec.placement,
    gpu: pool.spec.gpu,
    nodeLabels: {},
    podLabels: {
      ...spec.podMetadata?.labels,
      ...pool.spec.metadata?.labels,
      'app.kubernetes.io/version': model.version,
      ...(pool.roles.includes('Broker') ? { [brokerRoleLabel]: 'true' } : {}),
    },
    podAnnotations: {
      ...spec.podMetadata?.annotations,
      ...pool.spec.metadata?.annotations,
      'stateward.dev/config-hash': createHash('sha256').update(config).digest('hex').slice(0, 16),
    },
  };
}

/** In the words of a preview. */
function keptFor(model: KafkaSpecModel, { roles }: PoolModel): string[] {
  if (roles.includes('Broker')) return model.leaving.map((name) => `listener ${name}`);
  return keepsAnonymous(model) ? [`super user ${anonymous}`] : [];
}

function prepareContainer(model: KafkaSpecModel, pool: PoolModel): Container {
  return {
    name: 'prepare',
    image: model.image,
    command: ['sh', `${configDir}/prepare.sh`],
    env: identityEnv,
    volumeMounts: mounts(pool),
  };
}

const identityEnv = [
  envFromField('POD_NAME', 'metadata.name'),
  envFromField('NODE_ID', "metadata.labels['apps.kubernetes.io/pod-index']"),
];

function kafkaContainer(model: KafkaSpecModel, pool: PoolModel): Container {
  const { requests, limits } = pool.spec.resources;
  return {
    name: 'kafka',
    image: model.image,
    command: kafkaCommand(model, pool),
    env: identityEnv,
    ports: memberPorts(model)
      .filter(({ name }) => pool.roles.includes('Broker') || name === 'controller')
      .map(({ name, port }) => ({ name, containerPort: port, protocol: 'TCP' })),
    resources: { ...(requests === undefined ? {} : { requests }), ...(limits === undefined ? {} : { limits }) },
    ...agentProbes(ports.agent),
    volumeMounts: mounts(pool),
  };
}

function mounts(pool: PoolModel): NonNullable<Container['volumeMounts']> {
  const data = pool.spec.storage.volumes.map(({ name }) => ({ name, mountPath: `${dataRoot}/${name}` }));
  return [...runMounts, { name: 'config', mountPath: configDir, readOnly: true }, certificateMount, ...data];
}
