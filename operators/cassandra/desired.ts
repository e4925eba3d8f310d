/** Pure: a Cassandra service as Kubernetes objects. */
import { createHash } from 'node:crypto';
import type { ConfigMap, KubeObject } from '../kube/resource.ts';
import { agentContainer, agentProbes, configDir } from '../workload/agent.ts';
import { certificateMount, certificateVolume } from '../workload/certificates/files.ts';
import { disruptionBudget } from '../workload/disruption-budget.ts';
import type { Facts } from '../workload/facts.ts';
import { ownedMeta } from '../workload/identity.ts';
import {
  type Container,
  type GroupShape,
  type MemberGroup,
  memberSet,
  runMounts,
  runVolumes,
  type Volume,
} from '../workload/members/member-set.ts';
import { type Doors, networkPolicies } from '../workload/network-policy.ts';
import { pausedList } from '../workload/operations/pause.ts';
import { clientService, headlessService } from '../workload/services.ts';
import { clientAuthorityFolder } from './certificates.ts';
import { cassandraYaml, dataRoot, logback, rackProperties, settingsOf } from './config/cassandra-yaml.ts';
import {
  authenticationAnnotation,
  clientAuthorityVolume,
  dataVolume,
  encryptionAnnotation,
  names,
  ports,
} from './names.ts';
import type { CassandraSettings, CassandraSpecModel, RackModel } from './spec.ts';
import { cassandraCommand, gateScript } from './start.ts';

/** A drain flushes the memtables and ends the client connections; large heaps need their time. */
const graceSeconds = 600;

const cqlPort = { name: 'cql', port: ports.native };

/** Members ask each other's agents, too; the operator also looks at what members show each other. */
function doors({ published }: CassandraSpecModel): Doors {
  return {
    members: [ports.storage, ports.agentTls],
    operator: [ports.storage, ports.native, ports.agentTls],
    clients: published ? [ports.native] : [],
  };
}

export function desiredObjects(
  model: CassandraSpecModel & { groups: MemberGroup[] },
  facts: Facts,
  settings: CassandraSettings,
): KubeObject[] {
  const { service, spec } = model;
  const { operatorNamespace } = settings;
  const yaml = cassandraYaml(model, settings);
  return [
    headlessService(service, names.members(service), [{ name: 'storage', port: ports.storage }, cqlPort]),
    // Not before the superuser is ours, the port neither: until then anybody who gets through is one.
    ...(model.published ? [clientService(service, names.client(service), [cqlPort])] : []),
    disruptionBudget(service, names.budget(service), facts),
    ...networkPolicies(service, names.networkPolicy(service), doors(model), {
      ...spec.networkPolicy,
      operatorNamespace,
    }),
    ...model.racks.map((rack) => configMap(model, rack, yaml, facts)),
    ...model.groups.map(memberSet),
  ];
}

function configMap(model: CassandraSpecModel, rack: RackModel, yaml: string, facts: Facts): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: ownedMeta(model.service, names.config(model.service, rack.spec.name)),
    data: {
      'cassandra.yaml': yaml,
      'cassandra-rackdc.properties': rackProperties(model, rack),
      'logback.xml': logback(model),
      'gate.sh': gateScript(),
      paused: pausedList(facts),
    },
  };
}

export function memberGroups(model: CassandraSpecModel, settings: CassandraSettings): GroupShape[] {
  return model.racks.map((rack) => memberGroup(model, rack, settings));
}

function memberGroup(model: CassandraSpecModel, rack: RackModel, settings: CassandraSettings): GroupShape {
  const { service, spec } = model;
  const { zone, nodeSelector } = rack.spec;
  return {
    service,
    name: names.rack(service, rack.spec.name),
    group: rack.spec.name,
    replicas: rack.replicas,
    firstOrdinal: 0,
    headless: names.members(service),
    claims: [{ name: dataVolume, size: spec.storage.size, storageClassName: spec.storage.storageClassName }],
    initContainers: [agentContainer(settings.agentsImage), gateContainer(model)],
    container: cassandraContainer(model),
    volumes: [
      ...runVolumes,
      { name: 'config', configMap: { name: names.config(service, rack.spec.name) } },
      certificateVolume(names.rack(service, rack.spec.name)),
      ...clientAuthority(model).volumes,
    ],
    graceSeconds,
    placement: spec.placement,
    gpu: spec.gpu,
    nodeLabels: { ...nodeSelector, ...(zone === undefined ? {} : { [spec.placement.topologyKey]: zone }) },
    podLabels: { ...spec.podMetadata?.labels, 'app.kubernetes.io/version': model.version },
    podAnnotations: {
      ...spec.podMetadata?.annotations,
      'stateward.dev/config-hash': configHash(model, rack),
      [encryptionAnnotation]: spec.encryption.clients,
      ...(spec.authentication.mode !== 'Password' && { [authenticationAnnotation]: spec.authentication.mode }),
    },
  };
}

/** Of everything that a running process read at its start and keeps; seeds are reloaded, tokens are chosen only once. */
function configHash(model: CassandraSpecModel, rack: RackModel): string {
  const { allocate_tokens_for_local_replication_factor: _tokens, ...settings } = settingsOf(model);
  const config = JSON.stringify([settings, rackProperties(model, rack), logback(model)]);
  return createHash('sha256').update(config).digest('hex').slice(0, 16);
}

function gateContainer(model: CassandraSpecModel): Container {
  return { name: 'gate', image: model.image, command: ['sh', `${configDir}/gate.sh`], volumeMounts: mounts };
}

function cassandraContainer(model: CassandraSpecModel): Container {
  const { requests, limits } = model.spec.resources;
  return {
    name: 'cassandra',
    image: model.image,
    command: cassandraCommand(model),
    ports: [
      { name: 'storage', containerPort: ports.storage, protocol: 'TCP' },
      { name: 'cql', containerPort: ports.native, protocol: 'TCP' },
    ],
    resources: { ...(requests === undefined ? {} : { requests }), ...(limits === undefined ? {} : { limits }) },
    ...agentProbes(ports.agent),
    volumeMounts: [...mounts, ...clientAuthority(model).mounts],
  };
}

/** A password needs nobody's signature. */
function clientAuthority({ service, spec }: CassandraSpecModel): { volumes: Volume[]; mounts: Mount[] } {
  if (spec.authentication.mode === 'Password') return { volumes: [], mounts: [] };
  const [name, mountPath] = [clientAuthorityVolume, clientAuthorityFolder];
  const volume = { name, configMap: { name: names.clientAuthority(service) } };
  return { volumes: [volume], mounts: [{ name, mountPath, readOnly: true }] };
}

type Mount = NonNullable<Container['volumeMounts']>[number];

const mounts: Mount[] = [
  ...runMounts,
  { name: 'config', mountPath: configDir, readOnly: true },
  certificateMount,
  { name: dataVolume, mountPath: dataRoot },
];
