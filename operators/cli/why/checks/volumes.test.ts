import assert from 'node:assert/strict';
import type { PersistentVolumeClaim } from '../../../kube/resource.ts';
import { type ClaimParts, claimOf, storageClassOf } from '../../../workload/testing/objects.ts';
import type { Facts } from '../facts.ts';
import { ago, event, forbidden, identity, memberNames, read, told, unplacedPod } from '../testing/facts.ts';
import { volumesBound } from './volumes.ts';

/** The third member's claim as given; the others are bound. */
function claims(third?: ClaimParts, change: (claim: PersistentVolumeClaim) => void = () => {}): Facts['claims'] {
  const [first, second, last] = memberNames.map((name) => claimOf(`data-${name}`, identity, {}));
  assert.ok(first !== undefined && second !== undefined && last !== undefined);
  if (third === undefined) return read(first, second);
  const claim = claimOf(last.metadata.name, identity, third);
  change(claim);
  return read(first, second, claim);
}

describe('volumesBound', () => {
  const waits = storageClassOf('slow');
  waits.volumeBindingMode = 'WaitForFirstConsumer';
  const name = 'data-demo-kafka-2';
  told(volumesBound, [
    ['takes claims that are bound', {}, ['PASS 3 claims bound']],
    [
      'finds a claim that is gone from under its pod',
      { claims: claims() },
      [`FAIL claim ${name} is gone => delete pod demo-kafka-2: the claim is then made anew, and empty`],
    ],
    [
      'says nothing of a claim whose pod was not made yet',
      { claims: claims(), pod: 'Absent' },
      ['PASS 2 claims bound'],
    ],
    [
      'finds a class that does not exist',
      { claims: claims({ phase: 'Pending', storageClass: 'nvme' }) },
      [
        `FAIL claim ${name} asks for StorageClass nvme, which does not exist => create it, or correct storageClassName: there are fast`,
      ],
    ],
    [
      'finds that no class is given',
      { claims: claims({ phase: 'Pending' }, (claim) => delete claim.spec?.storageClassName) },
      [
        `FAIL claim ${name} names no StorageClass, and the cluster has no default one => mark one as the default, or set storageClassName`,
      ],
    ],
    [
      'repeats what the provisioner says',
      {
        claims: claims({ phase: 'Pending' }),
        events: read(event('PersistentVolumeClaim', name, 'ProvisioningFailed', 'pool is full')),
      },
      [`FAIL claim ${name} gets no volume: pool is full => see whether the provisioner test runs, and what it says`],
    ],
    [
      'does not blame a volume for a pod without a node',
      { claims: claims({ phase: 'Pending', storageClass: 'slow' }), storageClasses: read(waits), pod: unplacedPod() },
      [`UNKNOWN claim ${name} gets its volume once its pod has a node: see the check placement`],
    ],
    [
      'finds a claim that waits without a word',
      { claims: claims({ phase: 'Pending', storageClass: 'slow' }), storageClasses: read(waits) },
      [
        `FAIL claim ${name} waits for a volume of StorageClass slow => see whether the provisioner test runs, and what it says`,
      ],
    ],
    [
      'does not call a class missing that it may not look for',
      { claims: claims({ phase: 'Pending', storageClass: 'nvme' }), storageClasses: forbidden('listing') },
      [
        `FAIL claim ${name} waits for a volume of StorageClass nvme => see whether the provisioner runs, and what it says`,
      ],
    ],
    [
      'finds a volume that is gone',
      { claims: claims({ phase: 'Lost' }) },
      [`FAIL the volume of claim ${name} is gone => replace demo-kafka-2: its data is lost`],
    ],
    [
      'warns of a claim that goes with its pod',
      {
        claims: claims({}, ({ metadata }) => {
          metadata.deletionTimestamp = ago(5);
        }),
      },
      [
        `FAIL claim ${name} is deleted as soon as pod demo-kafka-2 stops => a deletion cannot be taken back: make a copy of the data, or replace demo-kafka-2`,
      ],
    ],
    [
      'tells of a volume that grows',
      { claims: claims({ size: '40Gi', capacity: '20Gi' }) },
      [`PASS claim ${name} has 20Gi of 40Gi and grows`],
    ],
    [
      'finds a volume whose class lets it not grow',
      {
        claims: claims({ size: '40Gi', capacity: '20Gi' }),
        storageClasses: read(storageClassOf('fast', { expands: false })),
      },
      [
        `FAIL claim ${name} has 20Gi of 40Gi: StorageClass fast does not allow expansion => set allowVolumeExpansion there if its driver can do it, else set the size back`,
      ],
    ],
    [
      'finds a volume that failed to grow',
      {
        claims: claims({ size: '40Gi', capacity: '20Gi' }),
        events: read(event('PersistentVolumeClaim', name, 'VolumeResizeFailed', 'no space')),
      },
      [`FAIL claim ${name} has 20Gi of 40Gi: no space => see what the driver says; the expansion is tried again`],
    ],
    [
      'does not know claims that it may not read',
      { claims: forbidden('listing claims') },
      ['UNKNOWN claims are not to be seen: listing claims is forbidden'],
    ],
  ]);
});
