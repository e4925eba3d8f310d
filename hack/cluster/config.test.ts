import assert from 'node:assert/strict';
import {
  cniConfig,
  containerdBase,
  containerdConfig,
  corefile,
  kubeletArguments,
  kubeletConfig,
  kubeProxyConfig,
} from './config.ts';
import { type Cluster, clusterOf, nodesOf, type RealNode } from './layout.ts';
import { defaultShape } from './shape.ts';

const record = { name: 't', slot: 2, bin: '/bin-1', shape: defaultShape, complete: true, images: {} };
const cluster: Cluster = clusterOf('/clusters/t', record);

function nodeNamed(name: string): RealNode {
  const node = nodesOf(cluster).find(({ shape }) => shape.name === name);
  assert.ok(node !== undefined);
  return node;
}

describe('the kubelet of a node', () => {
  const config = JSON.parse(kubeletConfig(cluster, nodeNamed('gpu-a')));

  it('asks the DNS of its own cluster', () => {
    assert.deepEqual(config.clusterDNS, ['198.18.2.1']);
    assert.equal(config.resolvConf, '');
  });

  it('shares neither logs, nor cgroups, nor a runtime with another node', () => {
    const other = JSON.parse(kubeletConfig(cluster, nodeNamed('data-a')));
    for (const field of ['podLogsDir', 'cgroupRoot', 'containerRuntimeEndpoint', 'address', 'tlsCertFile']) {
      assert.notEqual(config[field], other[field], field);
    }
  });

  it('evicts nothing and runs on either version of cgroups', () => {
    assert.deepEqual(config.evictionHard, {});
    assert.equal(config.failCgroupV1, false);
    assert.deepEqual(config.enforceNodeAllocatable, []);
  });

  it('registers with the taints and labels of its shape', () => {
    assert.deepEqual(config.registerWithTaints, nodeNamed('gpu-a').shape.taints);
    const labels = kubeletArguments(cluster, nodeNamed('gpu-a')).find((text) => text.startsWith('--node-labels='));
    assert.match(labels ?? '', /nvidia\.com\/gpu\.count=4/);
    assert.match(labels ?? '', /topology\.kubernetes\.io\/zone=a/);
  });
});

describe('the containerd of a node', () => {
  const text = containerdConfig(cluster, nodeNamed('data-b'));

  it('keeps everything below the node', () => {
    for (const line of text.split('\n').filter((text) => /^\s*(root|state|address|conf_dir|Root) =/.test(text))) {
      assert.match(line, /"\/clusters\/t\/nodes\/data-b\//);
    }
    assert.match(text, /netns_mounts_under_state_dir = true/);
  });

  it('starts sandboxes without the right to lower oom scores', () => {
    assert.match(text, /restrict_oom_score_adj = true/);
  });

  it('has crun as a second runtime', () => {
    assert.match(text, /runtimes\.crun\.options\]\n.*\n\s*BinaryName = "\/clusters\/t\/crun"/);
  });

  it('does without the part for kubelet where it only imports', () => {
    assert.match(containerdBase('/r', '/s', '/s/x.sock', true), /io\.containerd\.grpc\.v1\.cri"\]/);
    assert.doesNotMatch(containerdBase('/r', '/s', '/s/x.sock'), /io\.containerd\.grpc\.v1\.cri/);
  });
});

describe('the network of a node', () => {
  it('hands out addresses of its own range', () => {
    const { plugins } = JSON.parse(cniConfig(nodeNamed('data-b')));
    assert.deepEqual(plugins[0].ipam.ranges, [[{ subnet: '198.18.96.128/25' }]]);
    assert.equal(plugins[0].ipMasq, false);
  });

  it('leaves the limits of the host alone', () => {
    const { conntrack, clusterCIDR } = JSON.parse(kubeProxyConfig(cluster, nodeNamed('data-a')));
    assert.deepEqual([conntrack.maxPerCore, conntrack.min], [0, 0]);
    assert.equal(clusterCIDR, '198.18.96.0/20');
  });
});

describe('DNS', () => {
  it('listens on the address that the kubelets name', () => {
    assert.match(corefile(cluster), /bind 198\.18\.2\.1\n/);
  });
});
