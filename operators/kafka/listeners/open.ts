/**
 * Pure: the listeners that brokers have open. A port speaks one protocol, and clients find all brokers by the name of
 * their listener: so neither changes while clients use it, and what the spec no longer has stays open beside what it has
 * now until clients have moved.
 */
import {
  anonymous,
  type KafkaClusterSpec,
  type KafkaClusterStatus,
  type KafkaEndpoint,
  type KafkaListener,
  parseKafkaListener,
} from '../../../crds/kafka-cluster.ts';

/** Before a member has served nobody is a client. */
export function isInUse({ members = [] }: KafkaClusterStatus): boolean {
  return members.some(({ joined }) => joined === true);
}

export function endpointOf({ endpoints = [] }: KafkaClusterStatus, listener: string): KafkaEndpoint | undefined {
  return endpoints.find(({ name }) => name === listener);
}

/** All brokers have it: what some of them have yet to open nobody has been sent to. */
export function isOpen(endpoint: KafkaEndpoint | undefined): boolean {
  return endpoint !== undefined && endpoint.opening !== true;
}

/** What the spec no longer has, and brokers have. Status forgets what is closed. */
export function leavingListeners({ listeners }: KafkaClusterSpec, status: KafkaClusterStatus): KafkaListener[] {
  if (!isInUse(status)) return [];
  return (status.endpoints ?? [])
    .filter((endpoint) => isOpen(endpoint) && listeners.every(({ name }) => name !== endpoint.name))
    .flatMap(listenerOf);
}

/** None where status does not say enough, which is no matter of defaults. */
function listenerOf({ name, port, tls, authentication, oauth }: KafkaEndpoint): KafkaListener[] {
  if (tls === undefined || authentication === undefined) return [];
  const known = parseKafkaListener({ name, port, tls, authentication, ...(oauth && { oauth }) });
  return known.ok ? [known.value] : [];
}

/** While one leaves, in the order that brokers know already: another order alone would restart them. */
export function openListeners(spec: KafkaClusterSpec, status: KafkaClusterStatus): KafkaListener[] {
  const leaving = leavingListeners(spec, status);
  if (leaving.length === 0) return spec.listeners;
  const known = (status.endpoints ?? []).map(({ name }) => name);
  const place = ({ name }: KafkaListener): number => (known.includes(name) ? known.indexOf(name) : known.length);
  return [...spec.listeners, ...leaving].toSorted((one, other) => place(one) - place(other));
}

interface Open {
  spec: KafkaClusterSpec;
  listeners: KafkaListener[];
  /** Names. */
  leaving: string[];
}

/** Where a client is sent who may choose: the first of the spec that all brokers have. */
export function foremost({ spec, listeners, leaving }: Open, status: KafkaClusterStatus): KafkaListener | undefined {
  const open = spec.listeners.find(({ name }) => isOpen(endpointOf(status, name)));
  return open ?? listeners.find(({ name }) => leaving.includes(name)) ?? spec.listeners[0];
}

/** Clients of a listener that leaves may do until then what they could, also those who never said who they are. */
export function keepsAnonymous({ spec: { authorization }, listeners, leaving }: Open): boolean {
  if (authorization.mode === 'None' || authorization.superUsers.includes(anonymous)) return false;
  return listeners.some(({ name, authentication }) => authentication === 'None' && leaving.includes(name));
}
