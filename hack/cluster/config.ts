/** The configuration files of a node and of DNS; JSON where YAML is read, for JSON is YAML. */
import { join } from 'node:path';
import { type Cluster, cgroupOf, nodePaths, type RealNode } from './layout.ts';
import { pkiFolder } from './pki.ts';

export const pauseImage = 'docker.io/stateward/pause:1';
const mostPods = 60;

const unusedPlugins = [
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.internal.v1.opt', // makes /opt/containerd
];

/** What every containerd here needs, with or without the part that serves kubelet. */
export function containerdBase(root: string, state: string, socket: string, withoutCri = false): string {
  const disabled = withoutCri ? [...unusedPlugins, 'io.containerd.grpc.v1.cri'] : unusedPlugins;
  return `version = 2
root = ${JSON.stringify(root)}
state = ${JSON.stringify(state)}
disabled_plugins = ${JSON.stringify(disabled)}
[debug]
  level = "warn"
[grpc]
  address = ${JSON.stringify(socket)}
[ttrpc]
  address = ${JSON.stringify(`${socket}.ttrpc`)}
`;
}

/** Without `restrict_oom_score_adj` no sandbox starts where CAP_SYS_RESOURCE is missing. */
export function containerdConfig(cluster: Cluster, node: RealNode): string {
  const { containerdRoot, state, socket, cni } = nodePaths;
  return `${containerdBase(containerdRoot(node), state(node), socket(node))}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${JSON.stringify(pauseImage)}
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${JSON.stringify(cni(node))}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = ${JSON.stringify(join(state(node), 'runc'))}
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun.options]
        Root = ${JSON.stringify(join(state(node), 'crun'))}
        BinaryName = ${JSON.stringify(join(cluster.folder, 'crun'))}
`;
}

/**
 * Point-to-point cables instead of a bridge inside the node: every packet is routed, so that the answer of a service's
 * pod on the same node also passes the address translation.
 */
export function cniConfig(node: RealNode): string {
  const ipam = {
    type: 'host-local',
    dataDir: join(nodePaths.state(node), 'ipam'), // forgotten with the pods when the node restarts
    ranges: [[{ subnet: node.pods }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  const plugins = [
    { type: 'ptp', ipMasq: false, ipam },
    { type: 'portmap', capabilities: { portMappings: true } },
  ];
  return JSON.stringify({ cniVersion: '1.0.0', name: 'stateward', plugins }, undefined, 2);
}

function kubeletSecurity(cluster: Cluster, node: RealNode): object {
  const pki = pkiFolder(cluster);
  return {
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: join(pki, 'ca.crt') },
    },
    authorization: { mode: 'AlwaysAllow' },
    tlsCertFile: join(pki, `kubelet-${node.shape.name}.crt`),
    tlsPrivateKeyFile: join(pki, `kubelet-${node.shape.name}.key`),
  };
}

/** Nothing is evicted and no image collected: several nodes share one disk, which none of them may judge. */
const kubeletLimits = {
  cgroupDriver: 'cgroupfs',
  cgroupsPerQOS: true,
  enforceNodeAllocatable: [],
  evictionHard: {},
  failCgroupV1: false,
  failSwapOn: false,
  imageGCHighThresholdPercent: 100,
  maxPods: mostPods,
  oomScoreAdj: 0,
};

/** A lost node is noticed in about 20 s (see the controller manager), with little traffic from a healthy one. */
const kubeletPace = {
  nodeLeaseDurationSeconds: 16,
  nodeStatusReportFrequency: '5m',
  nodeStatusUpdateFrequency: '10s',
  volumeStatsAggPeriod: '1m',
  kubeAPIQPS: 100,
  kubeAPIBurst: 200,
};

export function kubeletConfig(cluster: Cluster, node: RealNode): string {
  return JSON.stringify(
    {
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      address: node.address,
      clusterDNS: [cluster.addresses.host],
      clusterDomain: 'cluster.local',
      containerRuntimeEndpoint: `unix://${nodePaths.socket(node)}`,
      cgroupRoot: cgroupOf(cluster.slot, node.shape.name),
      podLogsDir: nodePaths.podLogs(node), // kubelets that share one delete each other's logs
      registerWithTaints: node.shape.taints,
      resolvConf: '',
      healthzPort: 0,
      ...kubeletSecurity(cluster, node),
      ...kubeletLimits,
      ...kubeletPace,
    },
    undefined,
    2,
  );
}

export function kubeletArguments(cluster: Cluster, node: RealNode): string[] {
  const labels = Object.entries(node.shape.labels).map(([key, value]) => `${key}=${value}`);
  return [
    join(cluster.bin, 'kubelet'),
    `--config=${join(node.folder, 'kubelet.json')}`,
    `--kubeconfig=${join(node.folder, 'kubeconfig')}`,
    `--root-dir=${nodePaths.kubelet(node)}`,
    `--cert-dir=${join(node.folder, 'kubelet', 'pki')}`,
    `--hostname-override=${node.shape.name}`,
    `--node-ip=${node.address}`,
    `--node-labels=${labels.join()}`,
    '--housekeeping-interval=30s',
    '--v=1',
  ];
}

/** The zeros leave alone what only the first network namespace may set. */
export function kubeProxyConfig(cluster: Cluster, node: RealNode): string {
  const conntrack = { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' };
  return JSON.stringify(
    {
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      clientConnection: { kubeconfig: join(cluster.folder, 'proxy.kubeconfig') },
      clusterCIDR: cluster.addresses.pods,
      conntrack,
      hostnameOverride: node.shape.name,
      mode: 'iptables',
      oomScoreAdj: 0,
    },
    undefined,
    2,
  );
}

/** The kubernetes plugin answers from memory: a cache above it would only keep answers that are no longer true. */
export function corefile(cluster: Cluster): string {
  return `.:53 {
  bind ${cluster.addresses.host}
  errors
  ready ${cluster.addresses.host}:8181
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${join(cluster.folder, 'kubeconfig')}
    ttl 5
  }
}
`;
}
