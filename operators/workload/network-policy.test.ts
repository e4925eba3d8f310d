import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ClientPeer } from '../../crds/network-policy.ts';
import { selectorOf } from './identity.ts';
import { type Doors, networkPolicies } from './network-policy.ts';
import { letsIn, type PodAt, type Sender } from './testing/network.ts';
import { serviceOf } from './testing/services.ts';

const service = serviceOf();
const doors: Doors = { members: [9090, 9091], operator: [9090, 9092], clients: [9093, 9094] };
const all = [...new Set(Object.values(doors).flat())];
const operatorNamespace = 'stateward-system';

function podIn(namespace: string, labels: Record<string, string>): PodAt {
  return { namespace, labels, address: '10.0.0.7' };
}

const member = podIn('ns', { ...selectorOf(service), 'stateward.dev/group': 'kafka' });
const operator = podIn(operatorNamespace, {
  'app.kubernetes.io/name': 'stateward',
  'app.kubernetes.io/component': 'operator',
  'app.kubernetes.io/instance': 'any',
});

/** The ports of a member that answer. */
function open(sender: Sender, clients?: ClientPeer[], to = member): number[] {
  const given = clients === undefined ? {} : { clients };
  const policies = networkPolicies(service, 'demo-kafka', doors, { enabled: true, ...given, operatorNamespace });
  return all.filter((port) => letsIn(policies, to, sender, port));
}

describe('the network lets in', () => {
  const shop = podIn('shops', { app: 'shop' });
  const outside = { address: '192.0.2.7' };
  const cases: [string, Sender, ClientPeer[] | undefined, number[]][] = [
    ['members to the ports of members', member, [], doors.members],
    ['the operator to those that it asks', operator, [], doors.operator],
    ['every pod to the ports for clients', shop, undefined, doors.clients],
    ['nobody from outside', outside, undefined, []],
    ['nobody as a client where the list is empty', shop, [], []],
    ['a member that is a client as both', member, [{ podSelector: {} }], [...doors.members, ...doors.clients]],
    ['pods of its own namespace', podIn('ns', { app: 'shop' }), [{ podSelector: {} }], doors.clients],
    ['no pods of other namespaces then', shop, [{ podSelector: {} }], []],
    [
      'pods of a namespace by its name',
      shop,
      [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shops' } } }],
      doors.clients,
    ],
    [
      'pods by what is said of their labels',
      shop,
      [
        {
          namespaceSelector: {},
          podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['shop'] }] },
        },
      ],
      [],
    ],
    ['a range of addresses', outside, [{ ipBlock: { cidr: '192.0.2.0/24' } }], doors.clients],
    ['no other addresses', { address: '198.51.100.1' }, [{ ipBlock: { cidr: '192.0.2.0/24' } }], []],
    ['no member of a service of that name elsewhere', podIn('other', member.labels), [], []],
    ['nobody who only calls himself the operator', podIn('ns', operator.labels), [], []],
  ];
  for (const [name, sender, clients, expected] of cases)
    it(name, () => assert.deepEqual(open(sender, clients).sort(), expected.toSorted()));

  it('whom it likes to the pods of others', () => {
    const cassandra = podIn('ns', selectorOf(serviceOf('CassandraCluster')));
    assert.deepEqual(open(outside, [], cassandra), all);
  });

  it('everybody where it is turned off', () => {
    assert.deepEqual(networkPolicies(service, 'demo-kafka', doors, { enabled: false, operatorNamespace }), []);
  });
});

const label = fc.dictionary(fc.constantFrom('app', 'team'), fc.constantFrom('a', 'b'));
const namespace = fc.constantFrom('ns', 'shops', operatorNamespace);
const pod = fc.record({ namespace, labels: label, address: fc.ipV4() });
const selector = fc.record({ matchLabels: label }, { requiredKeys: [] });
const peer: fc.Arbitrary<ClientPeer> = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: selector }),
  fc.record({ namespaceSelector: selector, podSelector: selector }),
  fc.record({ ipBlock: fc.tuple(fc.ipV4(), fc.nat(32)).map(([address, bits]) => ({ cidr: `${address}/${bits}` })) }),
);

describe('whoever the clients are', () => {
  it('a stranger reaches all ports for clients or none, and no other', () =>
    fc.assert(
      fc.property(
        fc.array(peer, { maxLength: 4 }),
        fc.oneof(pod, fc.record({ address: fc.ipV4() })),
        (clients, who) => {
          const reached = open(who, clients);
          assert.ok(reached.length === 0 || reached.sort().join() === doors.clients.join(), reached.join());
        },
      ),
    ));

  it('members and the operator reach what they need', () =>
    fc.assert(
      fc.property(fc.option(fc.array(peer, { maxLength: 4 }), { nil: undefined }), (clients) => {
        assert.deepEqual(
          doors.members.filter((port) => !open(member, clients).includes(port)),
          [],
        );
        assert.deepEqual(
          doors.operator.filter((port) => !open(operator, clients).includes(port)),
          [],
        );
      }),
    ));

  it('one more opens no port that was not asked for, and closes none', () =>
    fc.assert(
      fc.property(fc.array(peer, { maxLength: 3 }), peer, pod, (clients, more, who) => {
        const [before, after, alone] = [open(who, clients), open(who, [...clients, more]), open(who, [more])];
        assert.deepEqual(new Set(after), new Set([...before, ...alone]));
      }),
    ));
});
