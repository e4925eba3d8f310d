import assert from 'node:assert/strict';
import { BlockList, isIPv4 } from 'node:net';
import { addressesOf, freeSlot, mostRealNodes, nodeAddressesOf, slots } from './addresses.ts';

const allSlots = Array.from({ length: slots }, (_, slot) => slot);
const allNodes = Array.from({ length: mostRealNodes }, (_, index) => index);

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function rangeOf(network: string): [number, number] {
  const [address = '', bits = ''] = network.split('/');
  const size = 2 ** (32 - Number(bits));
  assert.equal(numberOf(address) % size, 0, `${network} starts at a boundary`);
  return [numberOf(address), numberOf(address) + size];
}

function assertDisjoint(networks: readonly string[]): void {
  const ranges = networks.map(rangeOf).toSorted(([a], [b]) => a - b);
  for (const [index, [start]] of ranges.entries()) {
    const before = ranges[index - 1];
    if (before !== undefined) assert.ok(before[1] <= start, `${networks.join()} overlap`);
  }
}

describe('addresses of a cluster', () => {
  it('never overlap between clusters, nor between their parts', () => {
    assertDisjoint(
      allSlots.flatMap((slot) => {
        const { pods, services, simulatedPods } = addressesOf(slot);
        return [`198.18.${slot}.0/24`, pods, services, simulatedPods];
      }),
    );
  });

  it('stay inside the range that RFC 2544 sets aside', () => {
    const reserved = new BlockList();
    reserved.addSubnet('198.18.0.0', 15);
    for (const slot of allSlots) {
      const { host, apiService, pods, simulatedPods } = addressesOf(slot);
      const starts = [pods, simulatedPods].map((network) => network.split('/')[0] ?? '');
      for (const address of [host, apiService, ...starts]) {
        assert.ok(isIPv4(address) && reserved.check(address), address);
      }
    }
  });

  it('give each node its own part of the pod range', () => {
    const nodes = allNodes.map((index) => nodeAddressesOf(3, 'n', index).pods);
    assertDisjoint(nodes);
    const [start, end] = rangeOf(addressesOf(3).pods);
    for (const network of nodes) {
      const [first, last] = rangeOf(network);
      assert.ok(start <= first && last <= end, network);
    }
  });

  it('make names that the kernel takes', () => {
    for (const slot of allSlots) {
      for (const index of allNodes) assert.ok(nodeAddressesOf(slot, 'n', index).port.length <= 15);
    }
  });

  it('refuse a slot or a node beyond the plan', () => {
    assert.throws(() => addressesOf(slots), RangeError);
    assert.throws(() => addressesOf(-1), RangeError);
    assert.throws(() => nodeAddressesOf(0, 'n', mostRealNodes), RangeError);
  });
});

describe('freeSlot', () => {
  it('takes the lowest that is free', () => {
    assert.equal(freeSlot(new Set()), 0);
    assert.equal(freeSlot(new Set([0, 2])), 1);
  });

  it('answers undefined where all are taken', () => {
    assert.equal(freeSlot(new Set(allSlots)), undefined);
  });
});
