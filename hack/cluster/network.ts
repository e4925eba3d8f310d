/** One bridge on the host, one network namespace and one cable per node, and the routes to the pods. */
import { existsSync, readdirSync } from 'node:fs';
import { z } from 'zod';
import { run } from '../run.ts';
import { type Cluster, nodesOf, type RealNode, type Work } from './layout.ts';

function batch(lines: readonly string[], work: Work, namespace?: string): Promise<string> {
  const enter = namespace === undefined ? [] : ['-n', namespace];
  return run('ip', [...enter, '-batch', '-'], { ...work, input: `${lines.join('\n')}\n` });
}

/** The slots whose bridge exists, whoever made it. */
export function slotsInUse(): Set<number> {
  const bridges = readdirSync('/sys/class/net').map((name) => /^sw(\d+)$/.exec(name)?.[1]);
  return new Set(bridges.filter((slot) => slot !== undefined).map(Number));
}

function firewallTag(cluster: Cluster): string[] {
  return ['-m', 'comment', '--comment', `stateward-${cluster.addresses.bridge}`, '-j', 'ACCEPT'];
}

function firewallRules(cluster: Cluster): string[][] {
  const { bridge } = cluster.addresses;
  return ['-i', '-o'].map((direction) => ['FORWARD', direction, bridge, ...firewallTag(cluster)]);
}

/** Only where the host drops what it forwards (as a Docker engine has it) are rules of ours needed. */
async function openFirewall(cluster: Cluster, work: Work): Promise<void> {
  if (!(await run('iptables-save', [], work)).includes(':FORWARD DROP')) return;
  for (const rule of firewallRules(cluster)) await run('iptables', ['-w', '-I', ...rule], work);
}

async function closeFirewall(cluster: Cluster, work: Work): Promise<void> {
  const tag = `stateward-${cluster.addresses.bridge} `;
  const rules = (await run('iptables-save', [], work)).replaceAll('"', '');
  if (!rules.includes(tag)) return;
  for (const rule of firewallRules(cluster)) await run('iptables', ['-w', '-D', ...rule], work);
}

function hostCommands(cluster: Cluster): string[] {
  const { bridge, host, services } = cluster.addresses;
  const nodes = nodesOf(cluster);
  const create = [`link add ${bridge} type bridge`, `addr add ${host}/24 dev ${bridge}`, `link set ${bridge} up`];
  const cables = nodes.flatMap((node) => [
    `link add ${node.port} type veth peer name eth0 netns ${node.namespace}`,
    `link set ${node.port} master ${bridge} up`,
    `route add ${node.pods} via ${node.address} dev ${bridge}`,
  ]);
  // Clients on the host have no kube-proxy of their own: for as long as the first node is up they use that of it.
  const gateway = nodes.slice(0, 1).map(({ address }) => `route add ${services} via ${address}`);
  return [...create, ...cables, ...gateway];
}

function nodeCommands(cluster: Cluster, node: RealNode): string[] {
  const others = nodesOf(cluster).filter((other) => other.address !== node.address);
  return [
    'link set lo up',
    `addr add ${node.address}/24 dev eth0`,
    'link set eth0 up',
    // No default route: a node reaches its cluster and nothing else, so that a missing image fails at once.
    `route add ${cluster.addresses.services} via ${cluster.addresses.host}`,
    ...others.map((other) => `route add ${other.pods} via ${other.address}`),
  ];
}

async function makeNode(cluster: Cluster, node: RealNode, work: Work): Promise<void> {
  await batch(nodeCommands(cluster, node), work, node.namespace);
  const settings = 'echo 1 > /proc/sys/net/ipv4/ip_forward';
  await run('nsenter', [`--net=/run/netns/${node.namespace}`, 'sh', '-c', settings], work);
}

export async function makeNetwork(cluster: Cluster, work: Work): Promise<void> {
  const namespaces = nodesOf(cluster).map((node) => `netns add ${node.namespace}`);
  if (namespaces.length > 0) await batch(namespaces, work);
  await batch(hostCommands(cluster), work);
  await Promise.all(nodesOf(cluster).map((node) => makeNode(cluster, node, work)));
  await openFirewall(cluster, work);
}

async function quietly(command: Promise<string>): Promise<void> {
  await command.catch(() => {}); // what is not there needs no removal
}

/** Works over whatever is left of the network. */
export async function removeNetwork(cluster: Cluster, work: Work): Promise<void> {
  const { bridge, slot } = cluster.addresses;
  await closeFirewall(cluster, work);
  const spaces = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  const ours = spaces.filter((name) => name.startsWith(`sw${slot}-`));
  await Promise.all(ours.map((name) => quietly(run('ip', ['netns', 'delete', name], work))));
  if (existsSync(`/sys/class/net/${bridge}`)) await run('ip', ['link', 'delete', bridge], work);
  const cables = readdirSync('/sys/class/net').filter((name) => name.startsWith(`sw${slot}-`));
  await Promise.all(cables.map((name) => quietly(run('ip', ['link', 'delete', name], work))));
}

/** Takes the node's cable out of the bridge: nothing gets through in either direction, and nobody is told. */
export async function cutCable(node: RealNode, work: Work): Promise<void> {
  await run('ip', ['link', 'set', node.port, 'nomaster'], work);
}

export async function plugCable(cluster: Cluster, node: RealNode, work: Work): Promise<void> {
  await run('ip', ['link', 'set', node.port, 'master', cluster.addresses.bridge], work);
}

const links = z.array(z.object({ ifname: z.string() }));

/**
 * The network of a pod outlives its processes for as long as one of its connections waits for a peer, and takes the route
 * to its address away when it ends at last: then the route of the pod that has the address since.
 */
export async function removePodCables({ namespace }: RealNode, work: Work): Promise<void> {
  const shown = await run('ip', ['-n', namespace, '-json', 'link', 'show', 'type', 'veth'], work);
  for (const { ifname } of links.parse(JSON.parse(shown)))
    if (ifname !== 'eth0') await run('ip', ['-n', namespace, 'link', 'delete', ifname], work);
}

export function isPlugged(cluster: Cluster, node: RealNode): boolean {
  return existsSync(`/sys/class/net/${cluster.addresses.bridge}/brif/${node.port}`);
}
