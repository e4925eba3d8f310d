import assert from 'node:assert/strict';
import { parseMounts } from './mounts.ts';

describe('parseMounts', () => {
  it('reads target, type and source, with and without optional fields', () => {
    const text = [
      '36 35 98:0 / /mnt/a rw,noatime - xfs /dev/loop0 rw',
      '37 35 0:33 / /mnt/a\\040b rw shared:1 master:2 - tmpfs tmpfs rw',
      '',
    ].join('\n');
    assert.deepEqual(parseMounts(text), [
      { target: '/mnt/a', type: 'xfs', source: '/dev/loop0' },
      { target: '/mnt/a b', type: 'tmpfs', source: 'tmpfs' },
    ]);
  });
});
