import assert from 'node:assert/strict';
import { controllerOf, ownerIndex, ownerReference } from './owner.ts';

const service = { apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x', uid: 'u' } };

describe('owner', () => {
  it('refers to the owner as its controller', () => {
    const reference = ownerReference(service);
    assert.deepEqual(reference, {
      ...{ apiVersion: 'x/v1', kind: 'X', name: 'x', uid: 'u' },
      ...{ controller: true, blockOwnerDeletion: true },
    });
  });

  it('finds the controller among the owners', () => {
    const other = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'node' };
    const object = { ...service, metadata: { name: 'y', ownerReferences: [other, ownerReference(service)] } };
    assert.equal(controllerOf(object)?.uid, 'u');
    assert.deepEqual(ownerIndex.owner(object), ['u']);
    assert.deepEqual(ownerIndex.owner({ ...object, metadata: { name: 'y', ownerReferences: [other] } }), []);
  });

  it('lets nothing be owned by what is not stored', () => {
    assert.throws(() => ownerReference({ ...service, metadata: { name: 'x' } }), /no uid/);
  });
});
