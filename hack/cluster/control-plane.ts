/** etcd, the API server, the controllers, the scheduler, DNS and the provisioner: processes on the host. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { corefile } from './config.ts';
import { type Cluster, kubeconfigOf, nodesOf, type Work } from './layout.ts';
import { kubeconfig, pkiFolder } from './pki.ts';
import { componentsOf, type Daemon, startDaemon, waitFor } from './processes.ts';
import { apiReady } from './ready.ts';

function etcd(cluster: Cluster): Daemon {
  const clients = `http://${cluster.addresses.etcd}:2379`;
  const peers = `http://${cluster.addresses.etcd}:2380`;
  const command = [
    join(cluster.bin, 'etcd'),
    `--data-dir=${join(cluster.folder, 'etcd')}`,
    '--unsafe-no-fsync',
    '--name=stateward',
    '--log-level=warn',
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=stateward=${peers}`,
  ];
  return { component: 'etcd', command };
}

function apiServerSecurity(cluster: Cluster): string[] {
  const file = (name: string) => join(pkiFolder(cluster), name);
  return [
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    `--client-ca-file=${file('ca.crt')}`,
    `--tls-cert-file=${file('apiserver.crt')}`,
    `--tls-private-key-file=${file('apiserver.key')}`,
    `--kubelet-certificate-authority=${file('ca.crt')}`,
    `--kubelet-client-certificate=${file('apiserver-kubelet.crt')}`,
    `--kubelet-client-key=${file('apiserver-kubelet.key')}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${file('service-account.key')}`,
    `--service-account-signing-key-file=${file('service-account.key')}`,
  ];
}

function apiServer(cluster: Cluster): Daemon {
  const { host, services, etcd: store } = cluster.addresses;
  const command = [
    join(cluster.bin, 'kube-apiserver'),
    ...apiServerSecurity(cluster),
    `--advertise-address=${host}`,
    `--bind-address=${host}`,
    '--secure-port=6443',
    '--allow-privileged=true',
    '--enable-aggregator-routing=true', // the host has no service addresses
    '--profiling=false',
    `--etcd-servers=http://${store}:2379`,
    `--service-cluster-ip-range=${services}`,
    '--v=1',
  ];
  return { component: 'kube-apiserver', command };
}

/** Nodes have their pod addresses from their slot; the controller hands out none. */
function controllerManager(cluster: Cluster): Daemon {
  const file = (name: string) => join(pkiFolder(cluster), name);
  const command = [
    join(cluster.bin, 'kube-controller-manager'),
    `--kubeconfig=${join(cluster.folder, 'controller-manager.kubeconfig')}`,
    '--use-service-account-credentials',
    `--service-account-private-key-file=${file('service-account.key')}`,
    `--root-ca-file=${file('ca.crt')}`,
    `--cluster-signing-cert-file=${file('ca.crt')}`,
    `--cluster-signing-key-file=${file('ca.key')}`,
    '--leader-elect=false',
    '--kube-api-qps=200', // with the usual 20 its own start takes 5 s
    '--kube-api-burst=400',
    '--node-monitor-period=2s',
    '--node-monitor-grace-period=20s',
    '--secure-port=0',
    '--v=1',
  ];
  return { component: 'kube-controller-manager', command };
}

function scheduler(cluster: Cluster): Daemon {
  const config = `--kubeconfig=${join(cluster.folder, 'scheduler.kubeconfig')}`;
  const command = [join(cluster.bin, 'kube-scheduler'), config, '--leader-elect=false', '--secure-port=0', '--v=1'];
  return { component: 'kube-scheduler', command };
}

function dns(cluster: Cluster): Daemon {
  return { component: 'coredns', command: [join(cluster.bin, 'coredns'), '-conf', join(cluster.folder, 'Corefile')] };
}

function provisioner(cluster: Cluster): Daemon {
  const program = join(import.meta.dirname, 'storage', 'main.ts');
  // Nothing else would bring it back, and without it every new volume waits for ever.
  const again = 'until "$0" "$1" "$2"; do sleep 1; done';
  return { component: 'provisioner', command: ['sh', '-c', again, process.execPath, program, cluster.folder] };
}

function simulator(cluster: Cluster): Daemon {
  const stages = ['node/node-initialize', 'pod/pod-ready', 'pod/pod-complete', 'pod/pod-delete'];
  const command = [
    join(cluster.bin, 'kwok'),
    `--kubeconfig=${kubeconfigOf(cluster)}`,
    '--manage-all-nodes=false',
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    '--node-lease-duration-seconds=40',
    `--cidr=${cluster.addresses.simulatedPods}`,
    ...stages.map((stage) => `--config=${join(cluster.bin, 'stages', `${stage}.yaml`)}`),
  ];
  return { component: 'kwok', command };
}

function later(cluster: Cluster): Daemon[] {
  const hasSimulated = cluster.shape.nodes.some((node) => node.kind === 'simulated');
  const base = [controllerManager(cluster), scheduler(cluster), provisioner(cluster)];
  const named = nodesOf(cluster).length > 0 ? [dns(cluster)] : [];
  return [...base, ...named, ...(hasSimulated ? [simulator(cluster)] : [])];
}

function writeConfigs(cluster: Cluster): void {
  for (const identity of ['controller-manager', 'scheduler', 'proxy']) {
    writeFileSync(join(cluster.folder, `${identity}.kubeconfig`), kubeconfig(cluster, identity), { mode: 0o600 });
  }
  writeFileSync(kubeconfigOf(cluster), kubeconfig(cluster, 'admin'), { mode: 0o600 });
  writeFileSync(join(cluster.folder, 'Corefile'), corefile(cluster));
}

function startMissing(cluster: Cluster, daemons: readonly Daemon[]): void {
  const running = componentsOf(cluster);
  for (const daemon of daemons) if (!running.has(daemon.component)) startDaemon(cluster, daemon);
}

/** Starts what does not run of the control plane; resolves when the API answers. */
export async function startControlPlane(cluster: Cluster, work: Work): Promise<void> {
  writeConfigs(cluster);
  startMissing(cluster, [etcd(cluster), apiServer(cluster)]);
  const waiting = { what: 'the API server', needs: ['etcd', 'kube-apiserver'], timeoutMs: 120_000 };
  await waitFor(cluster, waiting, work, () => apiReady(cluster, work.signal));
  startMissing(cluster, later(cluster));
}
