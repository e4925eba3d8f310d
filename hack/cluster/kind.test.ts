import assert from 'node:assert/strict';
import { kindConfig, kindNodeName } from './kind.ts';
import { defaultShape, parseShape } from './shape.ts';

describe('the configuration for kind', () => {
  it('has a worker for each real node, with its labels and taints', () => {
    const { nodes } = JSON.parse(kindConfig(defaultShape));
    assert.deepEqual(
      nodes.map((node: { role: string }) => node.role),
      ['control-plane', 'worker', 'worker', 'worker', 'worker'],
    );
    assert.equal(nodes[4].labels['nvidia.com/gpu.count'], '4');
    assert.match(nodes[4].kubeadmConfigPatches[0], /"taints":\[\{"key":"nvidia\.com\/gpu"/);
  });

  it('knows the names that kind gives to nodes', () => {
    assert.equal(kindNodeName('t', defaultShape, 'data-a'), 't-worker');
    assert.equal(kindNodeName('t', defaultShape, 'gpu-a'), 't-worker4');
    assert.throws(() => kindNodeName('t', parseShape('fake:3') ?? defaultShape, 'fake-a1'), /no real node/);
  });
});
