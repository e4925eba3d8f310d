import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cassandraFacts, modelOf as cassandraModel } from './cassandra/testing/cassandra.ts';
import { kafkaFacts, modelOf as kafkaModel, separate } from './kafka/testing/kafka.ts';
import { type MemberGroup, memberSet } from './workload/members/member-set.ts';
import { faultsOf } from './workload/testing/pod-security.ts';

function faultsOfGroups(groups: MemberGroup[]): string[] {
  return groups.flatMap((group) => {
    const template = memberSet(group).spec?.template ?? {};
    const { automountServiceAccountToken } = template.spec ?? {};
    return [...faultsOf(template), ...(automountServiceAccountToken === false ? [] : ['has a token'])];
  });
}

/** Each run makes a whole model. */
const runs = { numRuns: 30 };

const entries = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z]{1,8}$/), { maxKeys: 3 });
/** Everything that gets into a pod and is the user's. */
const said = fc.record(
  {
    podMetadata: fc.record({ labels: entries, annotations: entries }, { requiredKeys: [] }),
    placement: fc.record(
      {
        nodeSelector: entries,
        gpuNodes: fc.constantFrom('Avoid', 'Require'),
        runtimeClassName: fc.constant('crun'),
        priorityClassName: fc.constant('high'),
        tolerations: fc.constant<{ operator: 'Exists' }[]>([{ operator: 'Exists' }]),
      },
      { requiredKeys: [] },
    ),
    image: fc.constant('registry.example.com/own:1'),
  },
  { requiredKeys: [] },
);
const shape = fc.record(
  { gpu: fc.constant({ count: 1 }), jvm: fc.constant<{ options: string[] }>({ options: ['-Dany=thing'] }) },
  { requiredKeys: [] },
);

describe('every pod of a service meets the restricted Pod Security Standard, and has no token', () => {
  it('of a KafkaCluster', () =>
    fc.assert(
      fc.property(said, shape, fc.boolean(), (spec, extra, split) => {
        const pools = split ? separate.pools : [{ name: 'kafka', roles: ['Controller' as const, 'Broker' as const] }];
        const model = kafkaModel(
          { ...spec, pools: (pools ?? []).map((pool) => ({ ...pool, ...extra })) },
          kafkaFacts(),
        );
        assert.deepEqual(faultsOfGroups(model.groups), []);
      }),
      runs,
    ));

  it('of a CassandraCluster', () =>
    fc.assert(
      fc.property(said, shape, (spec, extra) => {
        assert.deepEqual(faultsOfGroups(cassandraModel({ ...spec, ...extra }, cassandraFacts()).groups), []);
      }),
      runs,
    ));
});

describe('what the standard forbids', () => {
  const [group] = kafkaModel({}).groups;
  const template = group && memberSet(group).spec?.template;
  const [container] = template?.spec?.containers ?? [];
  const spec = { ...template?.spec, containers: container === undefined ? [] : [container] };
  const cases: [string, object, RegExp][] = [
    ['root', { containers: [{ ...container, securityContext: { runAsUser: 0 } }] }, /has no user of its own/],
    ['what it may gain', { containers: [{ ...container, securityContext: {} }] }, /may gain privileges/],
    ['the network of the node', { hostNetwork: true }, /network of its node/],
    ['a folder of the node', { volumes: [{ name: 'x', hostPath: { path: '/' } }] }, /is a hostPath/],
    ['no seccomp', { securityContext: { runAsNonRoot: true, runAsUser: 1 } }, /no seccomp profile/],
    ['a Secret in the environment', { containers: [{ ...container, envFrom: [{}] }] }, /in its environment/],
  ];
  for (const [name, change, expected] of cases)
    it(`is seen: ${name}`, () => assert.match(faultsOf({ spec: { ...spec, ...change } }).join('; '), expected));
});
