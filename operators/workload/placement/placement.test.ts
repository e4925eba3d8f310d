import assert from 'node:assert/strict';
import type { V1NodeSelectorTerm } from '@kubernetes/client-node';
import fc from 'fast-check';
import type { Gpu, Placement } from '../../../crds/placement.ts';
import { accepts, type TestNode } from '../testing/node-selector.ts';
import { defaultPlacement } from '../testing/services.ts';
import { type Placed, type PlacementInput, placeMember } from './placement.ts';

const apart = { service: 'demo' };
const spread = { service: 'demo', group: 'kafka' };

function place(placement: Partial<Placement> = {}, more: Partial<PlacementInput> = {}): Placed {
  return placeMember({ placement: { ...defaultPlacement, ...placement }, apart, spread, nodeLabels: {}, ...more });
}

function termsOf({ pod }: Placed): V1NodeSelectorTerm[] | undefined {
  return pod.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
}

function requiring(nodeSelectorTerms: V1NodeSelectorTerm[]): Record<string, unknown> {
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

const nvidiaGpu: Gpu = { vendor: 'Nvidia', count: 1 };
const nvidiaNode = { 'nvidia.com/gpu.present': 'true' };
const amdNode = { 'amd.com/gpu.product-name': 'MI300X' };
const intelNode = { 'gpu.intel.com/product': 'Max_1550' };

const keys = [
  'topology.kubernetes.io/zone',
  'disk',
  'nvidia.com/gpu.present',
  'amd.com/gpu.product-name',
  'gpu.intel.com/product',
];
const values = ['a', 'b', 'true', '7'];
const requirement = fc.oneof(
  fc.record({
    key: fc.constantFrom(...keys),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.subarray(values, { minLength: 1 }),
  }),
  fc.record({ key: fc.constantFrom(...keys), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
  fc.record({
    key: fc.constantFrom(...keys),
    operator: fc.constantFrom('Gt', 'Lt'),
    values: fc.constantFrom('5', '9').map((value) => [value]),
  }),
);
const byName = fc.record({
  key: fc.constant('metadata.name'),
  operator: fc.constantFrom('In', 'NotIn'),
  values: fc.constantFrom('n1', 'n2').map((name) => [name]),
});
const term: fc.Arbitrary<V1NodeSelectorTerm> = fc.record(
  { matchExpressions: fc.array(requirement, { maxLength: 2 }), matchFields: fc.array(byName, { maxLength: 1 }) },
  { requiredKeys: [] },
);
const userTerms = fc.option(fc.array(term, { minLength: 1, maxLength: 3 }), { nil: undefined });
const node: fc.Arbitrary<TestNode> = fc.record({
  name: fc.constantFrom('n1', 'n2'),
  labels: fc.dictionary(fc.constantFrom(...keys), fc.constantFrom(...values)),
});
const gpuNodes = fc.constantFrom<Placement['gpuNodes']>('Avoid', 'PreferAvoid', 'Ignore', 'Require');
const rack = fc.constantFrom<Record<string, string>>(
  {},
  { disk: 'a' },
  { disk: 'b', 'topology.kubernetes.io/zone': 'a' },
);
const anyGpu = fc.constantFrom<Gpu | undefined>(
  undefined,
  nvidiaGpu,
  { vendor: 'Amd', count: 2 },
  { vendor: 'Intel', count: 1 },
  { vendor: 'Custom', count: 1, resourceName: 'example.com/npu' },
);

const has = {
  Nvidia: ({ labels }: TestNode) => labels['nvidia.com/gpu.present'] === 'true',
  Amd: ({ labels }: TestNode) => labels['amd.com/gpu.product-name'] !== undefined,
  Intel: ({ labels }: TestNode) => labels['gpu.intel.com/product'] !== undefined,
  Custom: () => true,
};

/** What the documentation promises, said another way than the code does. */
function ours(
  policy: Placement['gpuNodes'],
  gpu: Gpu | undefined,
  labels: Record<string, string>,
  on: TestNode,
): boolean {
  const isGpuNode = has.Nvidia(on) || has.Amd(on) || has.Intel(on);
  const inRack = Object.entries(labels).every(([key, value]) => on.labels[key] === value);
  if (gpu !== undefined) return inRack && has[gpu.vendor](on);
  return inRack && (policy === 'Avoid' ? !isGpuNode : policy === 'Require' ? isGpuNode : true);
}

describe('placement of members', () => {
  it('accepts exactly the nodes that the user accepts and we accept', () =>
    fc.assert(
      fc.property(userTerms, node, gpuNodes, anyGpu, rack, (terms, on, policy, gpu, nodeLabels) => {
        const affinity = terms === undefined ? {} : { affinity: requiring(terms) };
        const merged = termsOf(place({ gpuNodes: policy, ...affinity }, { gpu, nodeLabels }));
        assert.equal(accepts(merged, on), accepts(terms, on) && ours(policy, gpu, nodeLabels, on));
      }),
      { numRuns: 3000 },
    ));

  it('does not let an empty term of the user match what it did not', () => {
    const plain: TestNode = { name: 'n1', labels: {} };
    for (const policy of ['Avoid', 'Ignore'] as const) {
      const merged = termsOf(place({ gpuNodes: policy, affinity: requiring([{}]) }));
      assert.equal(accepts(merged, plain), false, policy);
    }
  });

  const plain = { name: 'plain', labels: {} };
  const table: [Placement['gpuNodes'], Gpu | undefined, boolean, boolean, boolean, boolean][] = [
    // policy, gpu, then whether a plain, an NVIDIA, an AMD and an Intel node are accepted
    ['Avoid', undefined, true, false, false, false],
    ['PreferAvoid', undefined, true, true, true, true],
    ['Ignore', undefined, true, true, true, true],
    ['Require', undefined, false, true, true, true],
    ['Avoid', nvidiaGpu, false, true, false, false],
    ['Require', { vendor: 'Amd', count: 1 }, false, false, true, false],
    ['PreferAvoid', { vendor: 'Intel', count: 1 }, false, false, false, true],
    ['Avoid', { vendor: 'Custom', count: 1, resourceName: 'example.com/npu' }, true, true, true, true],
  ];
  for (const [policy, gpu, ...expected] of table) {
    it(`${policy} with ${gpu?.vendor ?? 'no'} GPU`, () => {
      const terms = termsOf(place({ gpuNodes: policy }, { gpu }));
      const nodes = [{}, nvidiaNode, amdNode, intelNode].map((labels) => ({ ...plain, labels }));
      assert.deepEqual(
        nodes.map((on) => accepts(terms, on)),
        expected,
      );
    });
  }

  it('takes a node whose GPU label says false for a plain one', () => {
    const on = { name: 'n', labels: { 'nvidia.com/gpu.present': 'false' } };
    assert.equal(accepts(termsOf(place()), on), true);
  });

  it('only prefers other nodes with PreferAvoid, after what the user prefers', () => {
    const users = { weight: 1, preference: { matchExpressions: [{ key: 'disk', operator: 'Exists' }] } };
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [users] } };
    const preferred = (placement: Partial<Placement>, gpu?: Gpu): object[] =>
      place({ affinity, ...placement }, { gpu }).pod.affinity?.nodeAffinity
        ?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const [first, own, ...rest] = preferred({ gpuNodes: 'PreferAvoid' });
    assert.deepEqual([first, rest], [users, []]);
    assert.ok(own !== undefined && JSON.stringify(own).includes('nvidia.com/gpu.present'));
    assert.deepEqual(preferred({ gpuNodes: 'Ignore' }), [users]);
    assert.deepEqual(preferred({ gpuNodes: 'PreferAvoid' }, nvidiaGpu), [users]);
  });

  it('keeps members of one service on different nodes, beside the rules of the user', () => {
    const users = { labelSelector: { matchLabels: { app: 'x' } }, topologyKey: 'kubernetes.io/hostname' };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [users] } };
    const own = { labelSelector: { matchLabels: apart }, topologyKey: 'kubernetes.io/hostname' };
    const rules = (placement: Partial<Placement>): unknown =>
      place(placement).pod.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    assert.deepEqual(rules({}), [own]);
    assert.deepEqual(rules({ affinity }), [users, own]);
    assert.deepEqual(rules({ affinity, membersPerNode: 'Any' }), [users]);
    assert.equal(rules({ membersPerNode: 'Any' }), undefined);
  });

  it('passes on what it has no opinion of', () => {
    const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'rack' }] };
    const { pod } = place({
      affinity: { podAffinity },
      nodeSelector: { disk: 'a' },
      priorityClassName: 'high',
      runtimeClassName: 'kata',
    });
    assert.deepEqual(pod.affinity?.podAffinity, podAffinity);
    assert.deepEqual(pod.nodeSelector, { disk: 'a' });
    assert.equal(pod.priorityClassName, 'high');
    assert.equal(pod.runtimeClassName, 'kata');
    const bare = place().pod;
    for (const key of ['nodeSelector', 'priorityClassName', 'runtimeClassName', 'tolerations']) {
      assert.ok(!(key in bare), key);
    }
  });

  describe('tolerations', () => {
    const users = { key: 'dedicated', operator: 'Exists' as const };
    const keysOf = (placement: Partial<Placement>, gpu?: Gpu): (string | undefined)[] =>
      (place({ tolerations: [users], ...placement }, { gpu }).pod.tolerations ?? []).map(({ key }) => key);
    const all = ['nvidia.com/gpu', 'amd.com/gpu', 'gpu.intel.com/i915'];
    const table: [Placement['gpuNodes'], Gpu | undefined, string[]][] = [
      ['Avoid', undefined, []],
      ['PreferAvoid', undefined, []],
      ['Ignore', undefined, []],
      ['Require', undefined, all],
      ['Avoid', nvidiaGpu, ['nvidia.com/gpu']],
      ['Require', nvidiaGpu, ['nvidia.com/gpu']],
      ['Avoid', { vendor: 'Custom', count: 1, resourceName: 'example.com/npu' }, ['example.com/npu']],
    ];
    for (const [policy, gpu, expected] of table) {
      it(`${policy} with ${gpu?.vendor ?? 'no'} GPU`, () =>
        assert.deepEqual(keysOf({ gpuNodes: policy }, gpu), ['dedicated', ...expected]));
    }
  });

  describe('spread over zones', () => {
    const zone = 'topology.kubernetes.io/zone';
    const own = (whenUnsatisfiable: string, topologyKey = zone): object => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable,
      labelSelector: { matchLabels: spread },
    });
    const users = { maxSkew: 2, topologyKey: zone, whenUnsatisfiable: 'DoNotSchedule' };
    const other = { ...users, topologyKey: 'rack' };
    const table: [string, Partial<Placement>, object[]][] = [
      ['is preferred by default', {}, [own('ScheduleAnyway')]],
      ['can be required', { zoneSpread: 'Required' }, [own('DoNotSchedule')]],
      ['follows the key', { topologyKey: 'rack' }, [own('ScheduleAnyway', 'rack')]],
      ["gives way to the user's on the same key", { topologySpreadConstraints: [users] }, [users]],
      [
        "stands beside the user's on another key",
        { topologySpreadConstraints: [other] },
        [other, own('ScheduleAnyway')],
      ],
    ];
    for (const [name, placement, expected] of table) {
      it(name, () => assert.deepEqual(place(placement).pod.topologySpreadConstraints, expected));
    }
  });
});
