/** Where members listen, and whom a network that enforces policies would let in there. */
import assert from 'node:assert/strict';
import { operatorNamespace } from '../../../hack/install.ts';
import { networkPolicies, type Pod, pods } from '../../../operators/kube/resource.ts';
import { letsIn, type PodAt } from '../../../operators/workload/testing/network.ts';
import type { Place } from './place.ts';
import { exec, podsOf } from './pods.ts';
import { list } from './services.ts';

/** As the kernel writes the state of a socket that listens. */
const listening = '0A';

/** Ports of a member that others can reach: what is open on loopback is its own. */
export async function openPorts(place: Place, pod: string): Promise<number[]> {
  const table = await exec(place, pod, ['cat', '/proc/net/tcp', '/proc/net/tcp6']);
  const sockets = table.split('\n').map((line) => line.trim().split(/\s+/));
  const open = sockets.filter(([, local = '', , state]) => state === listening && !isLoopback(local));
  const ports = open.map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16));
  return [...new Set(ports)].toSorted((one, other) => one - other);
}

/** 127.0.0.0/8 also as an IPv6 address, and ::1; each word is turned around. */
function isLoopback(local: string): boolean {
  const [address = ''] = local.split(':');
  return /^(0{16}F{4}0{4})?[0-9A-F]{6}7F$/.test(address) || address === `${'0'.repeat(24)}01000000`;
}

function at({ metadata, status }: Pod): PodAt {
  const { namespace = '', labels = {} } = metadata;
  return { namespace, labels, address: status?.podIP ?? '' };
}

export interface Guarded {
  open: number[];
  operator: number[];
  members: number[];
  clients: number[];
}

/** Every port that is open is known, and those are let in there who have to be: by the real objects and pods. */
export async function assertGuarded(place: Place, service: string, guarded: Guarded): Promise<void> {
  const { open, clients } = guarded;
  const { namespace, signal } = place;
  const policies = await list(place, networkPolicies);
  const { items: operators } = await place.api.list(pods, { namespace: operatorNamespace, signal });
  assert.ok(operators.length > 0);
  const stranger = { namespace, labels: { app: 'any' }, address: '10.0.0.1' };
  const members = await podsOf(place, service);
  for (const pod of members) {
    assert.deepEqual(await openPorts(place, pod.metadata.name), open, pod.metadata.name);
    const reached = (from: PodAt) => open.filter((port) => letsIn(policies, at(pod), from, port));
    const both = (own: number[]) => open.filter((port) => own.includes(port) || clients.includes(port));
    assert.deepEqual(reached(stranger), clients);
    for (const operator of operators) assert.deepEqual(reached(at(operator)), both(guarded.operator));
    for (const peer of members) assert.deepEqual(reached(at(peer)), both(guarded.members));
  }
}
