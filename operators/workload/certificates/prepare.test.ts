import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { type Secret, secrets } from '../../kube/resource.ts';
import { isSignedBy, readCertificate } from '../../tls/certificate.ts';
import { createAuthority, type KeyPair } from '../../tls/issue.ts';
import { ownedMeta } from '../identity.ts';
import { serviceOf } from '../testing/services.ts';
import { testTurn } from '../testing/turn.ts';
import { type CertificateWish, mended, prepareCertificates } from './prepare.ts';
import { type AuthorityRecord, groupFilesOf, recordOf } from './secrets.ts';

const day = 86_400_000;
const service = serviceOf();
const { apiVersion, kind, namespace } = service;
const object = { apiVersion, kind, metadata: { namespace, name: service.name, uid: service.uid } };
const [caName, membersName] = ['demo-kafka-ca-key', 'demo-kafka-tls'];

function wishOf(...pods: string[]): CertificateWish {
  return {
    service,
    groups: [{ set: 'demo-kafka', members: pods.map((pod) => ({ pod, dnsNames: [`${pod}.ns.svc`] })) }],
  };
}

function world() {
  const test = testTurn(object);
  const secret = (name: string): Promise<Secret | undefined> => test.api.read(secrets, { namespace, name });
  return {
    ...test,
    prepare: (...pods: string[]) => prepareCertificates(wishOf(...pods), test.turn),
    record: async (): Promise<AuthorityRecord> => {
      const record = recordOf(await secret(caName));
      assert.ok(record);
      return record;
    },
    files: async () => groupFilesOf(await secret(membersName)),
    secret,
    writes: () => test.api.writes().map(({ verb, key }) => `${verb} ${key.split('/').at(-1)}`),
  };
}

function nameOf(pem: string | undefined): string {
  const read = readCertificate(pem ?? '');
  return read.ok ? read.value.commonName : '';
}

describe('the certificates of a service', () => {
  it('are made where there are none', async () => {
    const { prepare, record, files } = world();
    const { objects, kept = [] } = await prepare('demo-kafka-0', 'demo-kafka-1');
    const { signer } = await record();
    const { leaves, trusted } = await files();
    assert.deepEqual([...leaves.keys()], ['demo-kafka-0', 'demo-kafka-1']);
    for (const [pod, leaf] of leaves) {
      assert.equal(nameOf(leaf.certificate), pod);
      assert.ok(isSignedBy(leaf.certificate ?? '', signer.certificate));
    }
    assert.deepEqual(trusted, [signer.certificate]);
    assert.deepEqual(
      [...objects, ...kept].map(({ metadata }) => metadata.name),
      ['demo-kafka-ca', caName, membersName],
    );
  });

  it('stay as they are', async () => {
    const { prepare, api, writes } = world();
    await prepare('demo-kafka-0');
    api.calls.length = 0;
    await prepare('demo-kafka-0');
    assert.deepEqual(writes(), []);
  });

  it('are made for a member that comes, and leave those of the others alone', async () => {
    const { prepare, files } = world();
    await prepare('demo-kafka-0');
    const before = (await files()).leaves.get('demo-kafka-0');
    await prepare('demo-kafka-0', 'demo-kafka-1');
    const { leaves } = await files();
    assert.deepEqual([...leaves.keys()], ['demo-kafka-0', 'demo-kafka-1']);
    assert.deepEqual(leaves.get('demo-kafka-0'), before);
  });

  it('are gone with a member that has left', async () => {
    const { prepare, files } = world();
    await prepare('demo-kafka-0', 'demo-kafka-1');
    await prepare('demo-kafka-0');
    assert.deepEqual([...(await files()).leaves.keys()], ['demo-kafka-0']);
  });

  const broken: [string, (data: Record<string, string>) => Record<string, string>][] = [
    ['cut off', (data) => ({ ...data, 'demo-kafka-0.pem': (data['demo-kafka-0.pem'] ?? '').slice(0, 300) })],
    ['of somebody else', (data) => ({ ...data, 'demo-kafka-0.pem': data['demo-kafka-1.pem'] ?? '' })],
    ['gone', ({ 'demo-kafka-0.pem': _, ...data }) => data],
    ['no PEM', (data) => ({ ...data, 'demo-kafka-0.pem': 'bm90aGluZw==' })],
  ];
  for (const [what, damage] of broken) {
    it(`are made anew for one whose certificate is ${what}, and for nobody else`, async () => {
      const { prepare, put, files, secret } = world();
      await prepare('demo-kafka-0', 'demo-kafka-1');
      const { leaves } = await files();
      const stored = await secret(membersName);
      assert.ok(stored);
      await put(secrets, { ...stored, data: damage(stored.data ?? {}) });
      await prepare('demo-kafka-0', 'demo-kafka-1');
      const after = (await files()).leaves;
      assert.equal(nameOf(after.get('demo-kafka-0')?.certificate), 'demo-kafka-0');
      assert.deepEqual(after.get('demo-kafka-1'), leaves.get('demo-kafka-1'));
    });
  }

  it('are renewed a month before their end', async () => {
    const { prepare, files, turn } = world();
    await prepare('demo-kafka-0');
    const before = (await files()).leaves.get('demo-kafka-0');
    const now = turn.clock.now();
    turn.clock.now = () => now + 59 * day;
    await prepare('demo-kafka-0');
    assert.deepEqual((await files()).leaves.get('demo-kafka-0'), before);
    turn.clock.now = () => now + 61 * day;
    await prepare('demo-kafka-0');
    assert.notDeepEqual((await files()).leaves.get('demo-kafka-0'), before);
  });

  it('are not taken over from somebody else', async () => {
    const { prepare, put, writes } = world();
    const other = { ...service, name: 'other', uid: 'uid-2' };
    await put(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: ownedMeta(other, membersName) });
    const { rejections } = await prepare('demo-kafka-0');
    assert.match(rejections[0]?.message ?? '', /Secret demo-kafka-tls exists and belongs to KafkaCluster other/);
    assert.deepEqual(writes(), []);
  });

  it('whose CA is lost are trusted until another has taken its place', async () => {
    const { prepare, turn, record, files, secret } = world();
    await prepare('demo-kafka-0');
    const before = await files();
    const stored = await secret(caName);
    assert.ok(stored);
    await turn.api.update(secrets, { ...stored, data: {} }, { signal: turn.signal });
    await prepare('demo-kafka-0');
    const { signer, next } = await record();
    assert.deepEqual([signer.certificate, signer.key], [before.trusted[0], undefined]);
    assert.ok(next);
    const after = await files();
    assert.deepEqual(after.leaves, before.leaves);
    assert.deepEqual(after.trusted, [signer.certificate, next.certificate]);
  });
});

describe('the key of a CA', () => {
  it('that leaves cannot be issued by counts as lost, and the reconcile goes on', async () => {
    const { prepare, turn, record, secret } = world();
    await prepare('demo-kafka-0');
    const { signer } = await record();
    const stored = await secret(caName);
    assert.ok(stored && signer.key);
    const sec1 = createPrivateKey(signer.key).export({ type: 'sec1', format: 'pem' }).toString();
    const data = { ...stored.data, 'ca.key': Buffer.from(sec1).toString('base64') };
    await turn.api.update(secrets, { ...stored, data }, { signal: turn.signal });
    await prepare('demo-kafka-0', 'demo-kafka-1');
    const after = await record();
    assert.deepEqual(after.signer, { certificate: signer.certificate, key: undefined });
    assert.ok(after.next);
  });
});

describe('a CA', () => {
  const now = Date.UTC(2030, 0, 1);
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

  const mend = (record: AuthorityRecord | undefined, known: string[] = []) =>
    mended(record, known, async () => fresh, now);

  it('is made where nobody trusts any', async () => assert.deepEqual(await mend(undefined), { signer: fresh }));

  it('that is good stays, with all that goes on', async () => {
    const record = { signer: valid, next: other, former: [ended.certificate] };
    assert.deepEqual(await mend(record), record);
  });

  it('that is lost is trusted while the next one is introduced', async () =>
    assert.deepEqual(await mend(undefined, [ended.certificate, valid.certificate]), {
      signer: { certificate: valid.certificate, key: undefined },
      next: fresh,
      former: [],
    }));

  it('without its key is followed by another', async () => {
    const signer = { certificate: valid.certificate, key: undefined };
    assert.deepEqual(await mend({ signer }), { signer, next: fresh });
    assert.deepEqual(await mend({ signer, next: other }), { signer, next: other });
  });

  it('that no member has heard of is introduced like any other', async () => {
    const signer = { certificate: valid.certificate, key: undefined };
    assert.deepEqual(await mend({ signer: other }, [valid.certificate]), { signer, next: other, former: [] });
    const useless = { certificate: other.certificate, key: undefined };
    assert.deepEqual(await mend({ signer: useless }, [valid.certificate]), { signer, next: fresh, former: [] });
    assert.deepEqual(await mend({ signer: ended }, [valid.certificate]), { signer, next: fresh, former: [] });
  });

  it('that has ended is replaced at once: nobody trusts it', async () => {
    assert.deepEqual(await mend({ signer: ended }), { signer: fresh });
    assert.deepEqual(await mend({ signer: ended, next: other }), { signer: other });
    assert.deepEqual(await mend({ signer: ended, next: ended }), { signer: fresh });
  });
});
