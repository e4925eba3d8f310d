/** Clients who are nobody or everybody by mistake, and pods that are to be less confined. */
import { type Hostile, hostile, many, polluted } from './hostile.ts';

const clients = (...all: unknown[]): object => ({ networkPolicy: { clients: all } });
const block = (cidr: unknown): object => clients({ ipBlock: { cidr } });
const compared = (expression: object): object => clients({ podSelector: { matchExpressions: [expression] } });
const unconfined = { 'container.apparmor.security.beta.kubernetes.io/kafka': 'unconfined' };

const at = 'spec.networkPolicy.clients[0]';

export const network: readonly Hostile[] = [
  ...hostile('KafkaCluster', 'ApiServer', [
    ['a text for whether there is a policy', { networkPolicy: { enabled: 'no' } }, 'spec.networkPolicy.enabled'],
    ['one client where a list is', { networkPolicy: { clients: { podSelector: {} } } }, 'spec.networkPolicy.clients'],
    ['33 clients', clients(...many(33, () => ({ podSelector: {} }))), 'spec.networkPolicy.clients'],
    ['a client that is nobody', clients({}), at],
    ['a client that is pods and addresses', clients({ namespaceSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }), at],
    ['a block of no addresses', clients({ ipBlock: {} }), `${at}.ipBlock.cidr`],
    ['an address without a prefix', block('10.0.0.1'), `${at}.ipBlock.cidr`],
    ['a prefix that is too long', block('10.0.0.0/33'), `${at}.ipBlock.cidr`],
    ['a prefix with a sign', block('10.0.0.0/+8'), `${at}.ipBlock.cidr`],
    ['a name for a range', block('localhost/8'), `${at}.ipBlock.cidr`],
    ['two ranges in one', block('10.0.0.0/8,0.0.0.0/0'), `${at}.ipBlock.cidr`],
    ['a range of two lines', block('10.0.0.0/8\n0.0.0.0/0'), `${at}.ipBlock.cidr`],
    ['a label of two lines', clients({ podSelector: { matchLabels: { a: 'x\ny' } } }), `${at}.podSelector.matchLabels`],
    [
      'a comparison that there is not',
      compared({ key: 'a', operator: 'Like', values: ['b'] }),
      `${at}.podSelector.matchExpressions[0].operator`,
    ],
    [
      'a comparison with nothing',
      compared({ key: 'a', operator: 'NotIn', values: [] }),
      `${at}.podSelector.matchExpressions[0].values`,
    ],
    [
      'a value for what is only to exist',
      compared({ key: 'a', operator: 'Exists', values: ['b'] }),
      `${at}.podSelector.matchExpressions[0].values`,
    ],
    ['a container that nothing confines', { podMetadata: { annotations: unconfined } }, 'spec.podMetadata.annotations'],
  ]),
  ...hostile('CassandraCluster', 'Parse', [
    [
      'the prototype of the labels of clients',
      clients({ podSelector: { matchLabels: polluted('x') } }),
      `${at}.podSelector.matchLabels.__proto__`,
    ],
  ]),
];
