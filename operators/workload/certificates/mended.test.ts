import assert from 'node:assert/strict';
import { createAuthority, type KeyPair } from '../../tls/issue.ts';
import { mended } from './prepare.ts';
import type { AuthorityRecord } from './secrets.ts';

const day = 86_400_000;

describe('a CA', () => {
  const now = Date.UTC(2030, 0, 1);
  const since = now - day;
  const life = (from: number, to: number) => ({
    notBefore: new Date(now + from * day),
    notAfter: new Date(now + to * day),
  });
  let valid: KeyPair;
  let other: KeyPair;
  let ended: KeyPair;
  let fresh: KeyPair;

  before(async () => {
    [valid, other, fresh] = (await Promise.all(
      ['a', 'b', 'c'].map((name) => createAuthority(name, life(-1, 100))),
    )) as [KeyPair, KeyPair, KeyPair];
    ended = await createAuthority('d', life(-100, -1));
  });

  const mend = (record: AuthorityRecord | undefined, known: string[] = [], given?: KeyPair, lostNext?: string) =>
    mended(record, known, { given, create: async () => fresh, lostNext, now });

  it('is made where nobody trusts any', async () => assert.deepEqual(await mend(undefined), { signer: fresh }));

  it('that is good stays, with all that goes on', async () => {
    const record = { signer: valid, next: { ...other, since }, former: [ended.certificate] };
    assert.deepEqual(await mend(record), record);
  });

  it('that is lost is trusted while the next one is introduced', async () =>
    assert.deepEqual(await mend(undefined, [ended.certificate, valid.certificate]), {
      signer: { certificate: valid.certificate, key: undefined },
      next: { ...fresh, since: now },
      former: [],
    }));

  it('without its key is followed by another', async () => {
    const signer = { certificate: valid.certificate, key: undefined };
    const next = { ...other, since };
    assert.deepEqual(await mend({ signer }), { signer, next: { ...fresh, since: now }, former: [] });
    assert.deepEqual(await mend({ signer, next }), { signer, next });
  });

  it('that was to sign and is lost is followed by another, and trusted until that has taken its place', async () => {
    const { certificate } = other;
    const next = { ...fresh, since: now };
    const keyless = { certificate: valid.certificate, key: undefined };
    for (const signer of [valid, keyless])
      assert.deepEqual(await mend({ signer }, [], undefined, certificate), { signer, next, former: [certificate] });
    const known = [valid.certificate, certificate];
    assert.deepEqual(await mend(undefined, known), { signer: keyless, next, former: [certificate] });
    const again = { signer: keyless, next: { ...other, since: now }, former: [] };
    assert.deepEqual(await mend(undefined, known, other), again);
    assert.deepEqual(await mend({ signer: keyless }, [], other, certificate), again);
  });

  it('that no member has heard of gives way to one that is introduced', async () => {
    const signer = { certificate: valid.certificate, key: undefined };
    const next = { ...fresh, since: now };
    assert.deepEqual(await mend({ signer: other }, [valid.certificate]), { signer, next, former: [] });
    assert.deepEqual(await mend({ signer: other }, [valid.certificate], valid), { signer: valid, former: [] });
    const useless = { certificate: other.certificate, key: undefined };
    assert.deepEqual(await mend({ signer: useless }, [valid.certificate]), { signer, next, former: [] });
    assert.deepEqual(await mend({ signer: ended }, [valid.certificate]), { signer, next, former: [] });
  });

  it('that has ended is replaced at once: nobody trusts it', async () => {
    assert.deepEqual(await mend({ signer: ended }), { signer: fresh });
    assert.deepEqual(await mend({ signer: ended, next: { ...other, since } }), { signer: other });
    assert.deepEqual(await mend({ signer: ended, next: { ...ended, since } }), { signer: fresh });
  });

  it('is the one that the user gives wherever one is to be made', async () => {
    const [signer, given] = [{ certificate: valid.certificate, key: undefined }, other];
    assert.deepEqual(await mend(undefined, [], given), { signer: given });
    assert.deepEqual(await mend({ signer: ended }, [], given), { signer: given });
    assert.deepEqual(await mend({ signer }, [], given), { signer, next: { ...given, since: now }, former: [] });
  });

  it('whose key is lost has it again from the user', async () => {
    const signer = { certificate: valid.certificate, key: undefined };
    assert.deepEqual(await mend({ signer, former: [other.certificate] }, [], valid), {
      signer: valid,
      former: [other.certificate],
    });
  });
});
