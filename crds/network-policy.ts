/** Whom the network lets in to the members of a service. */
import { isIP } from 'node:net';
import type { z } from 'zod';
import { labelKey, labels, labelValue } from './common.ts';
import { bool, enumeration, list, object, optional, rules, set, text } from './lib/dialect.ts';

export type NetworkPolicySpec = z.infer<ReturnType<typeof networkPolicy>>;
export type ClientPeer = NonNullable<NetworkPolicySpec['clients']>[number];

export function networkPolicy() {
  return object({
    enabled: bool().prefault(true).describe('Whether a NetworkPolicy says who reaches which port of the members.'),
    clients: optional(list(peer(), { max: 32 })).describe(
      'Who reaches the ports for clients, each as a peer of a NetworkPolicy; every pod of the cluster if left out.',
    ),
  });
}

function peer() {
  const block = object({ cidr: cidr().describe('A range of addresses, such as 10.1.0.0/16 or 2001:db8::/64.') });
  const shape = object({
    namespaceSelector: optional(labelSelector()).describe(
      'Namespaces by their labels, all of them if empty; the namespace of the service if left out.',
    ),
    podSelector: optional(labelSelector()).describe('Pods by their labels; all of these namespaces if left out.'),
    ipBlock: optional(block).describe('Addresses, for clients that are no pods of this cluster.'),
  });
  return rules(shape, podsOrAddresses);
}

function labelSelector() {
  const expression = object({
    key: labelKey().describe('The label.'),
    operator: enumeration(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How its value is compared.'),
    values: optional(set(labelValue(), { max: 32 })).describe('The values of In and NotIn.'),
  });
  return object({
    matchLabels: optional(labels()).describe('Labels and their values; all of them must fit.'),
    matchExpressions: optional(list(rules(expression, valuesWhereCompared), { max: 16 })).describe(
      'Comparisons of labels; all of them must fit.',
    ),
  });
}

const valuesWhereCompared = {
  cel: "(self.operator == 'In' || self.operator == 'NotIn') == (has(self.values) && self.values.size() > 0)",
  message: 'values are required for In and NotIn, and only there',
  field: 'values',
  holds: ({ operator, values = [] }: { operator: string; values?: readonly string[] }) =>
    (operator === 'In' || operator === 'NotIn') === values.length > 0,
};

function cidr() {
  return rules(text({ min: 3, max: 64 }), {
    cel: 'isCIDR(self)',
    message: 'must be a range of addresses such as 10.1.0.0/16 or 2001:db8::/64',
    holds: isRange,
  });
}

function isRange(value: string): boolean {
  const [address = '', prefix = '', ...rest] = value.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
}

interface Peer {
  namespaceSelector?: unknown;
  podSelector?: unknown;
  ipBlock?: unknown;
}

const podsOrAddresses = {
  cel: 'has(self.ipBlock) != (has(self.namespaceSelector) || has(self.podSelector))',
  message: 'a client is either pods, by namespaceSelector and podSelector, or addresses, by ipBlock',
  holds: ({ namespaceSelector, podSelector, ipBlock }: Peer) =>
    (ipBlock !== undefined) !== (namespaceSelector !== undefined || podSelector !== undefined),
};
