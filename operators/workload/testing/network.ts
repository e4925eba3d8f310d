/** Pure: a network that enforces policies, for tests of who reaches what. */
import { BlockList, isIPv6 } from 'node:net';
import type { NetworkPolicy, NetworkPolicyRule } from '../../kube/resource.ts';

type Peer = NonNullable<NetworkPolicyRule['from']>[number];
type Selector = NonNullable<Peer['podSelector']>;
type Labels = Record<string, string>;

export interface PodAt {
  namespace: string;
  labels: Labels;
  address: string;
}

/** Somebody who is no pod has an address and nothing else. */
export type Sender = PodAt | { address: string };

/** Policies add up; a pod that none selects is open. */
export function letsIn(policies: NetworkPolicy[], to: PodAt, from: Sender, port: number): boolean {
  const mine = policies.filter(
    ({ metadata, spec }) => metadata.namespace === to.namespace && fits(spec.podSelector, to.labels),
  );
  if (mine.length === 0) return true;
  return mine.some(({ metadata, spec }) =>
    spec.ingress.some((rule) => admits(rule, from, metadata.namespace ?? '') && opens(rule, port)),
  );
}

function opens({ ports = [] }: NetworkPolicyRule, port: number): boolean {
  return ports.length === 0 || ports.some((one) => one.port === port);
}

function admits({ from = [] }: NetworkPolicyRule, sender: Sender, namespace: string): boolean {
  return from.length === 0 || from.some((peer) => isPeer(peer, sender, namespace));
}

function isPeer({ ipBlock, namespaceSelector, podSelector = {} }: Peer, sender: Sender, namespace: string): boolean {
  if (ipBlock !== undefined) return isWithin(sender.address, ipBlock.cidr);
  if (!('labels' in sender)) return false;
  const here =
    namespaceSelector === undefined
      ? sender.namespace === namespace
      : fits(namespaceSelector, { 'kubernetes.io/metadata.name': sender.namespace });
  return here && fits(podSelector, sender.labels);
}

function isWithin(address: string, cidr: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), isIPv6(network) ? 'ipv6' : 'ipv4');
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function fits({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => compares(operator, values, labels[key]))
  );
}

function compares(operator: string, values: string[], value: string | undefined): boolean {
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  const named = value !== undefined && values.includes(value);
  return operator === 'In' ? named : !named;
}
