import assert from 'node:assert/strict';
import { defaultShape, parseShape, realNodes, simulatedNodes } from './shape.ts';

describe('the default shape', () => {
  it('has a data node in each of three zones and a GPU node', () => {
    const nodes = defaultShape.nodes.map(({ name, zone }) => [name, zone]);
    assert.deepEqual(nodes, [
      ['data-a', 'a'],
      ['data-b', 'b'],
      ['data-c', 'c'],
      ['gpu-a', 'a'],
    ]);
  });

  it('keeps ordinary pods off the GPU node and counts its devices', () => {
    const gpu = defaultShape.nodes.find(({ name }) => name === 'gpu-a');
    assert.deepEqual(gpu?.taints, [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }]);
    assert.deepEqual(gpu?.extendedResources, { 'nvidia.com/gpu': '4' });
    assert.equal(gpu?.labels['nvidia.com/gpu.product'], 'NVIDIA-H100-80GB-HBM3');
    assert.equal(gpu?.labels['topology.kubernetes.io/zone'], 'a');
  });

  it('is what its own text says', () => {
    assert.deepEqual(parseShape('a,b,c,gpu:a'), defaultShape);
  });
});

describe('parseShape', () => {
  it('numbers nodes that would have the same name', () => {
    const names = parseShape('a,a,gpu:b,gpu:b,a')?.nodes.map(({ name }) => name);
    assert.deepEqual(names, ['data-a', 'data-a2', 'gpu-b', 'gpu-b2', 'data-a3']);
  });

  it('spreads simulated nodes over three zones', () => {
    const nodes = parseShape('fake:4')?.nodes.map(({ name, zone, kind }) => [name, zone, kind]);
    assert.deepEqual(nodes, [
      ['fake-a1', 'a', 'simulated'],
      ['fake-b1', 'b', 'simulated'],
      ['fake-c1', 'c', 'simulated'],
      ['fake-a2', 'a', 'simulated'],
    ]);
  });

  it('mixes real and simulated nodes', () => {
    const shape = parseShape('a,fake:2');
    assert.deepEqual(shape && realNodes(shape).map(({ name }) => name), ['data-a']);
    assert.equal(shape?.nodes.length, 3);
  });

  it('takes none for a control plane alone', () => {
    assert.deepEqual(parseShape('none'), { nodes: [] });
  });

  for (const text of ['', 'a,', 'gpu:', 'fake:x', 'big:a', 'A', 'a b']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseShape(text), undefined);
    });
  }
});

describe('simulatedNodes', () => {
  it('labels the zone', () => {
    const [, second] = simulatedNodes(2);
    assert.equal(second?.labels['topology.kubernetes.io/zone'], 'b');
  });
});
