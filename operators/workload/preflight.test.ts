import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRecord } from '../kube/json.ts';
import type { PersistentVolumeClaim } from '../kube/resource.ts';
import type { Facts } from './facts.ts';
import { memberSet } from './members/member-set.ts';
import { preflight } from './preflight.ts';
import { type ClaimParts, claimOf, storageClassOf } from './testing/objects.ts';
import { defaultPlacement, factsOf, groupOf, serviceOf } from './testing/services.ts';

const service = serviceOf();
const claim = (name: string, parts: ClaimParts = {}): PersistentVolumeClaim => claimOf(name, service, parts);
const sized = (size: string, storageClassName?: string) =>
  groupOf({ claims: [{ name: 'data', size, storageClassName }] });

interface Case {
  name: string;
  groups?: ReturnType<typeof groupOf>[];
  facts?: Partial<Omit<Facts, 'status'>>;
  adoptVolumesFrom?: string;
  /** Reason and words of each rejection. */
  expected: [string, RegExp][];
}

const first = 'data-demo-kafka-0';

const cases: Case[] = [
  { name: 'nothing against a fresh service', expected: [] },
  { name: 'a name of 52 characters', groups: [groupOf({ name: 'n'.repeat(52) })], expected: [] },
  {
    name: 'a name of 53 characters',
    groups: [groupOf({ name: 'n'.repeat(53) })],
    expected: [['NameTooLong', /^the name n{53} is longer than 52 characters; shorten/]],
  },
  {
    name: 'classes of the pod that are not there',
    groups: [groupOf({ placement: { ...defaultPlacement, priorityClassName: 'high', runtimeClassName: 'kata' } })],
    expected: [
      ['PlacementUnsatisfiable', /^kafka: placement asks for PriorityClass high, which does not exist/],
      ['PlacementUnsatisfiable', /RuntimeClass kata/],
    ],
  },
  {
    name: 'classes of the pod that are there',
    groups: [groupOf({ placement: { ...defaultPlacement, priorityClassName: 'high', runtimeClassName: 'kata' } })],
    facts: { priorityClasses: ['high'], runtimeClasses: ['kata'] },
    expected: [],
  },
  {
    name: 'an affinity of another shape',
    groups: [
      groupOf({
        placement: {
          ...defaultPlacement,
          affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [null] } } },
        },
      }),
    ],
    expected: [['InvalidSpec', /placement\.affinity is not that of a pod: nodeAffinity\./]],
  },
  ...['0', '500m', '1048575'].map((size) => ({
    name: `a volume of ${size}`,
    groups: [sized(size)],
    expected: [['InvalidSpec', /^kafka, volume data: a size of \S+ holds nothing; write one such as 20Gi$/]] satisfies [
      string,
      RegExp,
    ][],
  })),
  {
    name: 'a StorageClass that is not there',
    groups: [sized('20Gi', 'gold')],
    expected: [['StorageClassNotFound', /^kafka, volume data: there is no StorageClass gold; the cluster has fast$/]],
  },
  { name: 'a StorageClass that is there', groups: [sized('20Gi', 'fast')], expected: [] },
  {
    name: 'no default StorageClass',
    facts: { storageClasses: [storageClassOf('slow'), storageClassOf('fast')] },
    expected: [['StorageClassNotFound', /no default StorageClass; the cluster has fast, slow$/]],
  },
  {
    name: 'no StorageClass at all',
    facts: { storageClasses: [] },
    expected: [['StorageClassNotFound', /the cluster has none$/]],
  },
  {
    name: 'no default StorageClass any more, beside volumes',
    facts: { storageClasses: [storageClassOf('fast')], claims: [claim(first)] },
    expected: [],
  },
  { name: 'the same size said otherwise', groups: [sized('20480Mi')], facts: { claims: [claim(first)] }, expected: [] },
  {
    name: 'a smaller size',
    groups: [sized('10Gi')],
    facts: { claims: [claim(first)] },
    expected: [
      ['StorageChangeRefused', /data-demo-kafka-0 has 20Gi and cannot shrink to 10Gi; set the size back to 20Gi$/],
    ],
  },
  {
    name: 'a smaller size of a claim without a volume',
    groups: [sized('10Gi')],
    facts: { claims: [claim(first, { phase: 'Pending' })] },
    expected: [],
  },
  { name: 'a larger size', groups: [sized('30Gi')], facts: { claims: [claim(first)] }, expected: [] },
  {
    name: 'a larger size where the class does not allow it',
    groups: [sized('30Gi')],
    facts: { claims: [claim(first)], storageClasses: [storageClassOf('fast', { isDefault: true, expands: false })] },
    expected: [
      ['StorageChangeRefused', /cannot grow: StorageClass fast does not allow expansion; set the size back to 20Gi$/],
    ],
  },
  {
    name: 'a larger size where the class is gone',
    groups: [sized('30Gi')],
    facts: { claims: [claim(first, { storageClass: 'gone' })] },
    expected: [['StorageChangeRefused', /StorageClass gone does not allow expansion/]],
  },
  {
    name: 'another class',
    groups: [sized('20Gi', 'gold')],
    facts: { claims: [claim(first)], storageClasses: [storageClassOf('fast'), storageClassOf('gold')] },
    expected: [
      ['StorageChangeRefused', /is of StorageClass fast and cannot change to gold; set storageClassName back$/],
    ],
  },
  {
    name: 'another class for a claim without a volume',
    groups: [sized('20Gi', 'gold')],
    facts: { claims: [claim(first, { phase: 'Pending' })], storageClasses: [storageClassOf('gold')] },
    expected: [],
  },
  {
    name: 'a volume that is left out',
    facts: { claims: [claim('more-demo-kafka-0', { volume: 'more' })] },
    expected: [
      [
        'StorageChangeRefused',
        /^kafka: volume more holds data \(more-demo-kafka-0\) and cannot be left out; put it back$/,
      ],
    ],
  },
  {
    name: 'a volume that is left out and never was made',
    facts: { claims: [claim('more-demo-kafka-0', { volume: 'more', phase: 'Pending' })] },
    expected: [],
  },
  {
    name: 'a volume of another group',
    facts: { claims: [claim('more-demo-other-0', { volume: 'more', group: 'other' })] },
    expected: [],
  },
  {
    name: 'volumes of a former service',
    facts: { claims: [claim(first, { owner: 'old' }), claim('data-demo-kafka-1', { owner: 'old' })] },
    expected: [
      [
        'RetainedVolumes',
        /^volumes of a former KafkaCluster demo are still there: data-demo-kafka-0, data-demo-kafka-1; to use them .* set spec.adoptVolumesFrom: old, otherwise delete these claims$/,
      ],
    ],
  },
  {
    name: 'volumes of a former service that are wanted',
    facts: { claims: [claim(first, { owner: 'old' })] },
    adoptVolumesFrom: 'old',
    expected: [],
  },
  {
    name: 'volumes of another former service than the one that is wanted',
    facts: { claims: [claim(first, { owner: 'older' }), claim('data-demo-kafka-1', { owner: 'old' })] },
    adoptVolumesFrom: 'old',
    expected: [['RetainedVolumes', /still there: data-demo-kafka-0; .*adoptVolumesFrom: older,/]],
  },
  {
    name: 'volumes of a former service that no member would use',
    facts: {
      claims: [
        claim('data-demo-kafka-3', { owner: 'old' }),
        claim('more-demo-kafka-0', { owner: 'old', volume: 'more' }),
      ],
    },
    expected: [],
  },
  {
    name: 'members that begin at another ordinal',
    groups: [groupOf({ firstOrdinal: 1000, replicas: 1 })],
    facts: { claims: [claim(first, { owner: 'old' })] },
    expected: [],
  },
  {
    name: 'several things at once, all of them said',
    groups: [groupOf({ name: 'n'.repeat(60) }), sized('10Gi', 'gold')],
    facts: { claims: [claim(first)] },
    expected: [
      ['NameTooLong', /./],
      ['StorageClassNotFound', /./],
      ['StorageChangeRefused', /shrink/],
    ],
  },
];

/** What a freeform field of placement may hold: anything that JSON can say, mostly near to what a pod has there. */
const anything = fc.oneof(fc.constantFrom(null, [], {}, [null], [{}], 'x'), fc.jsonValue({ maxDepth: 1 }));
const mostly = (value: fc.Arbitrary<unknown>) => fc.oneof({ arbitrary: value, weight: 9 }, anything);
const near = (name: string, value: fc.Arbitrary<unknown>) => mostly(fc.record({ [name]: value }));
const term = fc.record({ matchExpressions: anything, matchFields: anything }, { requiredKeys: [] });
const terms = near('nodeSelectorTerms', mostly(fc.array(mostly(term), { minLength: 1, maxLength: 2 })));
const required = near('requiredDuringSchedulingIgnoredDuringExecution', terms);

describe('an affinity', () => {
  it('of any shape is refused, or is one that members can be placed by', () => {
    fc.assert(
      fc.property(fc.oneof(near('nodeAffinity', required), near('podAntiAffinity', required)), (given) => {
        if (!isRecord(given)) return;
        const group = groupOf({ placement: { ...defaultPlacement, affinity: given } });
        const found = preflight({ groups: [group], adoptVolumesFrom: undefined }, factsOf({}));
        if (found.length === 0) memberSet(group);
        else
          assert.match(found.map(({ message }) => message).join(), /^kafka: placement\.affinity is not that of a pod/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('preflight', () => {
  for (const { name, groups = [groupOf()], facts, adoptVolumesFrom, expected } of cases) {
    it(name, () => {
      const found = preflight({ groups, adoptVolumesFrom }, factsOf({}, { service, ...facts }));
      assert.deepEqual(
        found.map(({ reason }) => reason),
        expected.map(([reason]) => reason),
      );
      for (const [index, [, words]] of expected.entries()) assert.match(found[index]?.message ?? '', words);
    });
  }
});
