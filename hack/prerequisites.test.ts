import assert from 'node:assert/strict';
import { ensurePrerequisites, installCommand, missingFrom, packagesOf } from './prerequisites.ts';

const absent = { program: 'no-such-program-here', package: 'some-package' };
const present = { program: 'sh', package: 'dash' };

describe('prerequisites', () => {
  it('finds what is on PATH, and misses what is not', () => {
    assert.deepEqual(missingFrom([absent, present, { program: '/bin/sh' }], '/usr/bin:/bin'), [absent]);
  });

  it('names each package once', () => {
    assert.deepEqual(packagesOf([absent, { program: 'other', package: 'some-package' }]), ['some-package']);
  });

  it('tells a user without root what to run', async () => {
    const options = { say: () => {}, signal: new AbortController().signal, path: '/usr/bin:/bin', isRoot: false };
    await assert.rejects(ensurePrerequisites([absent], options), (error: Error) => {
      assert.ok(error.message.includes('no-such-program-here'));
      assert.ok(error.message.includes(installCommand(['some-package'])));
      return true;
    });
  });

  it('passes on advice where apt has no package', async () => {
    const options = { say: () => {}, signal: new AbortController().signal, path: '/usr/bin:/bin', isRoot: true };
    const wanted = [{ program: 'no-such-program-here', advice: 'see there' }];
    await assert.rejects(ensurePrerequisites(wanted, options), /see there/);
  });
});
