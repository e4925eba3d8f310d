import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Gpu, GpuSelect } from '../../../crds/placement.ts';
import { bytesOf, mebibyte } from '../bytes.ts';
import { accepts } from '../testing/node-selector.ts';
import { gpuDemand } from './gpu.ts';

function suits(labels: Record<string, string>, select: GpuSelect, vendor: Gpu['vendor'] = 'Nvidia'): boolean {
  const { nodes } = gpuDemand({ vendor, count: 1, select });
  return accepts(
    nodes.map((matchExpressions) => ({ matchExpressions })),
    { name: 'n', labels },
  );
}

const h100 = {
  'nvidia.com/gpu.present': 'true',
  'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3',
  'nvidia.com/gpu.family': 'hopper',
  'nvidia.com/gpu.memory': '81559',
  'nvidia.com/gpu.compute.major': '9',
  'nvidia.com/gpu.compute.minor': '0',
};

describe('GPU demands', () => {
  const resources: [Gpu, Record<string, string>][] = [
    [{ vendor: 'Nvidia', count: 1 }, { 'nvidia.com/gpu': '1' }],
    [{ vendor: 'Amd', count: 4 }, { 'amd.com/gpu': '4' }],
    [{ vendor: 'Intel', count: 2 }, { 'gpu.intel.com/i915': '2' }],
    [{ vendor: 'Custom', count: 8, resourceName: 'example.com/npu' }, { 'example.com/npu': '8' }],
  ];
  for (const [gpu, expected] of resources) {
    it(`asks for ${JSON.stringify(expected)} and bears its taint`, () => {
      const demand = gpuDemand(gpu);
      const [key] = Object.keys(expected);
      assert.deepEqual(demand.resources, expected);
      assert.deepEqual(demand.toleration, { key, operator: 'Exists', effect: 'NoSchedule' });
    });
  }

  it('knows no label of a custom vendor', () =>
    assert.deepEqual(gpuDemand({ vendor: 'Custom', count: 1, resourceName: 'a/b' }).nodes, [[]]));

  const selections: [string, GpuSelect, boolean][] = [
    ['anything', {}, true],
    ['the product', { product: ['A', 'NVIDIA-H100-80GB-HBM3'] }, true],
    ['another product', { product: ['NVIDIA-L4'] }, false],
    ['the family', { family: ['hopper'] }, true],
    ['another family', { family: ['ampere'] }, false],
    ['less memory', { minMemory: '40Gi' }, true],
    ['exactly its memory', { minMemory: '81559Mi' }, true],
    ['more memory', { minMemory: '81560Mi' }, false],
    ['an older capability', { minComputeCapability: '8.0' }, true],
    ['its capability', { minComputeCapability: '9.0' }, true],
    ['a newer minor capability', { minComputeCapability: '9.1' }, false],
    ['an older major with a newer minor capability', { minComputeCapability: '8.9' }, true],
    ['a newer capability', { minComputeCapability: '10.0' }, false],
    ['all of it', { family: ['hopper'], minMemory: '80G', minComputeCapability: '9.0' }, true],
    ['one thing that it is not', { family: ['hopper'], minMemory: '96G' }, false],
  ];
  for (const [name, select, expected] of selections) {
    it(`an H100 ${expected ? 'suits' : 'does not suit'} who wants ${name}`, () =>
      assert.equal(suits(h100, select), expected));
  }

  it('reads the product of AMD from its own label', () => {
    const labels = { 'amd.com/gpu.product-name': 'MI300X' };
    assert.equal(suits(labels, { product: ['MI300X'] }, 'Amd'), true);
    assert.equal(suits(labels, { product: ['MI250'] }, 'Amd'), false);
  });

  it('never takes a GPU with less memory than asked for, and every one with enough', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300_000 }),
        fc.integer({ min: 1, max: 300_000 }),
        fc.constantFrom('Mi', 'M', 'Ki'),
        (has, wants, unit) => {
          const labels = { ...h100, 'nvidia.com/gpu.memory': String(has) };
          const minMemory = `${wants}${unit}`;
          assert.equal(suits(labels, { minMemory }), BigInt(has) * mebibyte >= bytesOf(minMemory));
        },
      ),
    ));
});
