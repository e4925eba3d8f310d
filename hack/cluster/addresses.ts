/**
 * The addresses of a cluster, derived from its slot. All of them lie in 198.18.0.0/15, which RFC 2544 sets aside for
 * tests inside one machine room: no LAN, VPN or cloud uses them.
 *
 *   198.18.SLOT.0/24           host (.1) and nodes (.11, .12, …)
 *   198.18.(64 + 16 SLOT).0/20   pods, a /25 for each node
 *   198.19.(16 SLOT).0/20        services
 *   198.19.(192 + 4 SLOT).0/22   pods of simulated nodes
 */
export const slots = 12;
export const mostRealNodes = 32;

export interface Addresses {
  slot: number;
  /** The host's address on the bridge: API server and DNS. */
  host: string;
  bridge: string;
  pods: string;
  services: string;
  apiService: string;
  simulatedPods: string;
  /** Reached by no pod and by no other host. */
  etcd: string;
}

export interface NodeAddresses {
  address: string;
  pods: string;
  /** The name of the node's network namespace. */
  namespace: string;
  /** The host's end of the node's cable; at most 15 characters. */
  port: string;
}

export function addressesOf(slot: number): Addresses {
  if (!Number.isInteger(slot) || slot < 0 || slot >= slots) throw new RangeError(`no slot ${slot} in 0..${slots - 1}`);
  return {
    slot,
    host: `198.18.${slot}.1`,
    bridge: `sw${slot}`,
    pods: `198.18.${64 + 16 * slot}.0/20`,
    services: `198.19.${16 * slot}.0/20`,
    apiService: `198.19.${16 * slot}.1`,
    simulatedPods: `198.19.${192 + 4 * slot}.0/22`,
    etcd: `127.18.${slot}.1`,
  };
}

export function nodeAddressesOf(slot: number, name: string, index: number): NodeAddresses {
  if (index >= mostRealNodes) throw new RangeError(`a cluster has at most ${mostRealNodes} real nodes`);
  const third = 64 + 16 * slot + Math.floor(index / 2);
  return {
    address: `198.18.${slot}.${11 + index}`,
    pods: `198.18.${third}.${index % 2 === 0 ? 0 : 128}/25`,
    namespace: `sw${slot}-${name}`,
    port: `sw${slot}-${index}`,
  };
}

export function freeSlot(taken: ReadonlySet<number>): number | undefined {
  return Array.from({ length: slots }, (_, slot) => slot).find((slot) => !taken.has(slot));
}
