/** `server.properties` of one pool. One file serves all its pods: what differs comes from the environment. */
import { anonymous, type KafkaListener } from '../../../crds/kafka-cluster.ts';
import { memberDns, serviceDns } from '../../workload/identity.ts';
import { propertiesText } from '../../workload/properties.ts';
import { tlsProperties } from '../certificates.ts';
import { authenticationProperties, type Protocol, protocolOf } from '../listeners/listeners.ts';
import { keepsAnonymous } from '../listeners/open.ts';
import { controllerListener, internalListener, names, ports } from '../names.ts';
import type { KafkaSettings, KafkaSpecModel, PoolModel } from '../spec.ts';
import { isDynamic } from './dynamic.ts';

/** Whoever members and operator prove to be; no name that a user can have, which are names of Kubernetes objects. */
const superUsers = ['stateward:member', 'stateward:operator'] as const;

/** Where the volumes are mounted; the data is one level below, beside `lost+found`. */
export const dataRoot = '/var/lib/kafka';

export function logDirs(pool: PoolModel): string[] {
  return pool.spec.storage.volumes.map((volume) => `${dataRoot}/${volume.name}/log`);
}

export function serverProperties(model: KafkaSpecModel, pool: PoolModel, settings: KafkaSettings): string {
  return propertiesText({ ...defaults(model), ...staticConfig(model), ...owned(model, pool, settings) });
}

/** What the user sets and a process reads at its start; the rest is set while it runs. */
function staticConfig({ spec, version }: KafkaSpecModel): Record<string, string> {
  return Object.fromEntries(Object.entries(spec.config).filter(([key]) => !isDynamic(version, key)));
}

function owned(model: KafkaSpecModel, pool: PoolModel, settings: KafkaSettings): Record<string, string> {
  const serving = servingListeners(model, pool);
  const known = [...new Set([...serving.map(({ name }) => name), controllerListener, internalListener])];
  const dirs = logDirs(pool);
  return {
    'process.roles': pool.roles
      .map((role) => role.toLowerCase())
      .sort()
      .join(','),
    'node.id': '${env:NODE_ID}',
    'config.providers': 'env',
    'config.providers.env.class': 'org.apache.kafka.common.config.provider.EnvVarConfigProvider',
    'controller.quorum.bootstrap.servers': quorumServers(model, settings).join(','),
    'controller.listener.names': controllerListener,
    'inter.broker.listener.name': internalListener,
    listeners: serving.map(({ name, port }) => `${name}://:${port}`).join(','),
    'advertised.listeners': serving.map((listener) => advertised(listener, model, settings)).join(','),
    'listener.security.protocol.map': known.map((name) => `${name}:${securityProtocol(name, model)}`).join(','),
    ...tlsProperties(),
    ...Object.fromEntries(serving.flatMap(({ name }) => listenerProperties(name, model))),
    ...authorizerProperties(model),
    'log.dirs': dirs.join(','),
    'metadata.log.dir': dirs[0] ?? '',
  };
}

interface Listener {
  name: string;
  port: number;
}

/** The listeners that the pool's roles open; a process may not name others. */
function servingListeners(model: KafkaSpecModel, pool: PoolModel): Listener[] {
  const controller = { name: controllerListener, port: ports.controller };
  const internal = { name: internalListener, port: ports.internal };
  const users = model.listeners.map(({ name, port }) => ({ name: listenerName(name), port }));
  const broker = pool.roles.includes('Broker') ? [internal, ...users] : [];
  return pool.roles.includes('Controller') ? [controller, ...broker] : broker;
}

function securityProtocol(listener: string, model: KafkaSpecModel): Protocol {
  const known = isOwn(listener) ? undefined : clientListener(listener, model);
  return known === undefined ? 'SSL' : protocolOf(known);
}

function clientListener(listener: string, { listeners }: KafkaSpecModel): KafkaListener | undefined {
  return listeners.find(({ name }) => listenerName(name) === listener);
}

function listenerName(name: string): string {
  return name.toUpperCase();
}

function listenerProperties(listener: string, model: KafkaSpecModel): [string, string][] {
  const known = clientListener(listener, model);
  return known === undefined ? [] : authenticationProperties(known);
}

/** Who is not named may do what the ACLs in the metadata log say, and nothing where they say nothing. */
function authorizerProperties(model: KafkaSpecModel): Record<string, string> {
  const { authorization } = model.spec;
  if (authorization.mode === 'None') return {};
  const users = [...superUsers, ...authorization.superUsers, ...(keepsAnonymous(model) ? [anonymous] : [])];
  return {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': users.map((name) => `User:${name}`).join(';'),
  };
}

function isOwn(listener: string): boolean {
  return listener === controllerListener || listener === internalListener;
}

/** Members find each other by their pods, which are there before any Service; clients by what outlives the pods. */
function advertised({ name, port }: Listener, { service }: KafkaSpecModel, { clusterDomain }: KafkaSettings): string {
  const pod = '${env:POD_NAME}';
  const host = isOwn(name)
    ? memberDns(pod, names.members(service), service, clusterDomain)
    : serviceDns(pod, service, clusterDomain);
  return `${name}://${host}:${port}`;
}

/** What a process goes on without: it has learned of other controllers from those that it found at its start. */
export function withoutQuorum(properties: string): string {
  return properties.replace(/^controller\.quorum\.bootstrap\.servers=.*\n/m, '');
}

/** `host:port` of every controller. */
export function quorumServers(model: KafkaSpecModel, settings: KafkaSettings): string[] {
  return controllersOf(model).map(({ pod }) => {
    const host = memberDns(pod, names.members(model.service), model.service, settings.clusterDomain);
    return `${host}:${ports.controller}`;
  });
}

export function controllersOf(model: KafkaSpecModel): { pod: string; nodeId: number }[] {
  return model.pools.filter((pool) => pool.roles.includes('Controller')).flatMap((pool) => podsOf(model, pool));
}

export function podsOf(model: KafkaSpecModel, pool: PoolModel): { pod: string; nodeId: number }[] {
  return Array.from({ length: pool.replicas }, (_, index) => {
    const nodeId = pool.firstNodeId + index;
    return { pod: `${names.pool(model.service, pool.spec.name)}-${nodeId}`, nodeId };
  });
}

/** Until a member has left nothing is set for fewer: it might have to stay. */
export function brokerCount(model: KafkaSpecModel): number {
  return model.pools.filter((pool) => pool.roles.includes('Broker')).reduce((sum, pool) => sum + pool.members, 0);
}

function defaultReplication(model: KafkaSpecModel): number {
  return Math.min(3, brokerCount(model));
}

/** With 3 brokers any one can be lost without losing a record or the ability to write. */
export function defaultInSync(model: KafkaSpecModel): number {
  return defaultReplication(model) > 2 ? 2 : 1;
}

/** What a cautious operator sets; the user's values win. With 3 brokers any one can be lost without losing a record. */
function defaults(model: KafkaSpecModel): Record<string, string> {
  const replication = defaultReplication(model);
  const inSync = defaultInSync(model);
  return {
    'default.replication.factor': String(replication),
    'offsets.topic.replication.factor': String(replication),
    'transaction.state.log.replication.factor': String(replication),
    'transaction.state.log.min.isr': String(inSync),
    'share.coordinator.state.topic.replication.factor': String(replication),
    'share.coordinator.state.topic.min.isr': String(inSync),
    'auto.create.topics.enable': 'false',
    'unclean.leader.election.enable': 'false',
  };
}
