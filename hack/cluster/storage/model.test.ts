import assert from 'node:assert/strict';
import {
  type Claim,
  growthOf,
  isToReclaim,
  leastBytes,
  nodeToProvision,
  sizeOf,
  type Volume,
  volumeObject,
} from './model.ts';

const node = 'volume.kubernetes.io/selected-node';

function claim(storage: string, change: Partial<Claim['spec']> = {}, annotations: Record<string, string> = {}): Claim {
  return {
    metadata: { name: 'data-0', namespace: 'n', uid: 'u1', resourceVersion: '7', annotations },
    spec: {
      storageClassName: 'stateward-local',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage } },
      ...change,
    },
    status: {},
  };
}

function volume(storage: string, phase = 'Bound', policy = 'Delete', by = 'local.stateward.dev'): Volume {
  return {
    metadata: {
      name: 'pvc-u1',
      uid: 'v1',
      resourceVersion: '8',
      annotations: { 'pv.kubernetes.io/provisioned-by': by },
    },
    spec: { capacity: { storage }, persistentVolumeReclaimPolicy: policy },
    status: { phase },
  };
}

describe('sizeOf', () => {
  it('is at least what XFS needs', () => {
    assert.equal(sizeOf(claim('1Mi')), leastBytes);
  });

  it('rounds up to whole MiB, in any unit', () => {
    assert.equal(sizeOf(claim('1Gi')), 1024 ** 3);
    assert.equal(sizeOf(claim('1G')), 954 * 1024 ** 2);
  });
});

describe('nodeToProvision', () => {
  it('is the node that the scheduler chose', () => {
    assert.equal(nodeToProvision(claim('1Gi', {}, { [node]: 'data-a' })), 'data-a');
  });

  it('is none before that, after binding, and for another class', () => {
    assert.equal(nodeToProvision(claim('1Gi')), undefined);
    assert.equal(nodeToProvision(claim('1Gi', { volumeName: 'pvc-u1' }, { [node]: 'data-a' })), undefined);
    assert.equal(nodeToProvision(claim('1Gi', { storageClassName: 'other' }, { [node]: 'data-a' })), undefined);
  });
});

describe('growthOf', () => {
  it('is the new size where the claim asks for more', () => {
    assert.equal(growthOf(claim('2Gi'), volume('1Gi')), 2 * 1024 ** 3);
  });

  it('is nothing where the volume is large enough, or is not ours', () => {
    assert.equal(growthOf(claim('1Gi'), volume('1Gi')), undefined);
    assert.equal(growthOf(claim('1Mi'), volume('300Mi')), undefined);
    assert.equal(growthOf(claim('2Gi'), volume('1Gi', 'Bound', 'Delete', 'other')), undefined);
  });
});

describe('isToReclaim', () => {
  it('is a released volume of ours that nobody wants kept', () => {
    assert.equal(isToReclaim(volume('1Gi', 'Released')), true);
    assert.equal(isToReclaim(volume('1Gi', 'Bound')), false);
    assert.equal(isToReclaim(volume('1Gi', 'Released', 'Retain')), false);
    assert.equal(isToReclaim(volume('1Gi', 'Released', 'Delete', 'other')), false);
  });
});

describe('volumeObject', () => {
  it('is bound to its claim and its node', () => {
    const object = JSON.stringify(volumeObject(claim('1Gi'), 'data-a', '/v', 1024 ** 3));
    assert.match(object, /"capacity":\{"storage":"1024Mi"\}/);
    assert.match(object, /"uid":"u1"/);
    assert.match(object, /"values":\["data-a"\]/);
  });
});
