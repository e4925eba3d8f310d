import assert from 'node:assert/strict';
import { type ConfigMap, configMaps, type Secret, secrets } from '../../kube/resource.ts';
import { isSignedBy, readBundle, readCertificate } from '../../tls/certificate.ts';
import type { KeyPair, Validity } from '../../tls/issue.ts';
import { foreignAuthority } from '../../tls/testing/authorities.ts';
import { ownedMeta } from '../identity.ts';
import { defaultCertificates, serviceOf } from '../testing/services.ts';
import { testTurn } from '../testing/turn.ts';
import { type CertificateWish, prepareCertificates } from './prepare.ts';
import { type AuthorityRecord, authoritySecret, groupFilesOf, recordOf } from './secrets.ts';

const day = 86_400_000;
const service = serviceOf();
const { apiVersion, kind, namespace } = service;
const object = { apiVersion, kind, metadata: { namespace, name: service.name, uid: service.uid } };
const [caName, membersName] = ['demo-kafka-ca-key', 'demo-kafka-tls'];

function wishOf(pods: string[], policy = defaultCertificates): CertificateWish {
  return {
    service,
    policy,
    groups: [{ set: 'demo-kafka', members: pods.map((pod) => ({ pod, dnsNames: [`${pod}.ns.svc`] })) }],
  };
}

function world() {
  const test = testTurn(object);
  const secret = (name: string): Promise<Secret | undefined> => test.api.read(secrets, { namespace, name });
  return {
    ...test,
    prepare: (...pods: string[]) => prepareCertificates(wishOf(pods), test.turn),
    prepareBy: (name: string, ...pods: string[]) =>
      prepareCertificates(wishOf(pods, { ...defaultCertificates, source: { kind: 'Secret', name } }), test.turn),
    record: async (): Promise<AuthorityRecord> => {
      const record = recordOf(await secret(caName));
      assert.ok(record);
      return record;
    },
    files: async () => groupFilesOf(await secret(membersName)),
    secret,
    forget: async (name: string) => {
      const uid = (await secret(name))?.metadata.uid ?? '';
      await test.api.remove(secrets, { namespace, name }, { preconditions: { uid } });
    },
    empty: async (name: string) => {
      const stored = await secret(name);
      assert.ok(stored);
      await test.turn.api.update(secrets, { ...stored, data: {} }, { signal: test.turn.signal });
    },
    writes: () => test.api.writes().map(({ verb, key }) => `${verb} ${key.split('/').at(-1)}`),
  };
}

function lasting(now: number): Validity {
  return { notBefore: new Date(now - day), notAfter: new Date(now + 100 * day) };
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
    const { prepare, record, files, empty } = world();
    await prepare('demo-kafka-0');
    const before = await files();
    await empty(caName);
    await prepare('demo-kafka-0');
    const { signer, next } = await record();
    assert.deepEqual([signer.certificate, signer.key], [before.trusted[0], undefined]);
    assert.ok(next);
    const after = await files();
    assert.deepEqual(after.leaves, before.leaves);
    assert.deepEqual(after.trusted, [signer.certificate, next.certificate]);
  });

  it('whose next CA has lost its key are trusted by whoever has one of it already', async () => {
    const { prepare, put, turn, record, files } = world();
    await prepare('demo-kafka-0');
    const { signer } = await record();
    const lost = await foreignAuthority('lost', lasting(turn.clock.now()));
    const { data: { 'next.key': _, ...data } = {}, ...secret } = authoritySecret(service, {
      signer,
      next: { ...lost, since: turn.clock.now() },
    });
    await put(secrets, { ...secret, data });
    await prepare('demo-kafka-0');
    const { next, former = [] } = await record();
    assert.ok(next);
    assert.deepEqual((await files()).trusted, [signer.certificate, next.certificate, ...former]);
    assert.ok(former.length === 1 && isSignedBy(lost.certificate, former[0] ?? ''));
  });

  it('that have ended are signed at once by the next CA where the present one is lost', async () => {
    const { prepare, turn, record, files, empty } = world();
    await prepare('demo-kafka-0');
    await empty(caName);
    const now = turn.clock.now();
    turn.clock.now = () => now + 89 * day;
    await prepare('demo-kafka-0');
    const { next } = await record();
    assert.ok(next);
    const signed = async () =>
      isSignedBy((await files()).leaves.get('demo-kafka-0')?.certificate ?? '', next.certificate);
    assert.equal(await signed(), false);
    turn.clock.now = () => now + 91 * day;
    await prepare('demo-kafka-0');
    assert.equal(await signed(), true);
  });
});

describe('the key of a CA', () => {
  it('that certificates cannot be issued by counts as lost, and the reconcile goes on', async () => {
    const { prepare, put, record, turn } = world();
    const signer = await foreignAuthority('rare', lasting(turn.clock.now()), { algorithm: 'P521' });
    await put(secrets, authoritySecret(service, { signer }));
    await prepare('demo-kafka-0');
    const after = await record();
    assert.equal(after.signer.key, undefined);
    assert.ok(after.next);
  });
});

describe('the certificates of a service whose CA the user gives', () => {
  const pod = 'demo-kafka-0';
  let corporate: KeyPair;
  let other: KeyPair;

  before(async () => {
    const validity = lasting(testTurn(object).turn.clock.now());
    corporate = await foreignAuthority('corporate', validity, { algorithm: 'P384', legacyKey: true });
    other = await foreignAuthority('other', validity);
  });

  /** Not in the cache: it carries no label of ours. */
  async function give(
    { put }: ReturnType<typeof world>,
    name: string,
    pair: Partial<KeyPair>,
    root = '',
  ): Promise<void> {
    const files = { 'tls.crt': pair.certificate ?? '', 'tls.key': pair.key ?? '', 'ca.crt': root };
    const data = Object.fromEntries(Object.entries(files).map(([key, text]) => [key, btoa(text)]));
    await put(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, data }, false);
  }

  it('are signed by it from the start', async () => {
    const all = world();
    await give(all, 'corporate', corporate);
    const { rejections, warnings } = await all.prepareBy('corporate', pod);
    assert.deepEqual([rejections, warnings], [[], []]);
    assert.ok(isSignedBy((await all.files()).leaves.get(pod)?.certificate ?? '', corporate.certificate));
    assert.equal((await all.record()).given?.secret, 'corporate');
    all.api.calls.length = 0;
    await all.prepareBy('corporate', pod);
    assert.deepEqual(all.writes(), []);
  });

  const bad: [string, (all: ReturnType<typeof world>) => Promise<void>, RegExp][] = [
    [
      'is not there',
      async () => {},
      /^spec.certificates.authority.secretName: there is no Secret corporate in namespace ns; create it/,
    ],
    [
      'has the key of another',
      (all) => give(all, 'corporate', { ...corporate, key: other.key }),
      /^spec.certificates.authority.secretName: in Secret corporate, tls.key is not the key of tls.crt; correct it/,
    ],
  ];
  for (const [what, arrange, message] of bad) {
    it(`are not made while its Secret ${what}`, async () => {
      const all = world();
      await arrange(all);
      const { rejections } = await all.prepareBy('corporate', pod);
      assert.match(rejections[0]?.message ?? '', message);
      assert.deepEqual(all.writes(), []);
    });

    it(`stay, and are renewed, where its Secret ${what} and another CA signs`, async () => {
      const all = world();
      await all.prepare(pod);
      const { signer } = await all.record();
      await arrange(all);
      const before = (await all.files()).leaves.get(pod);
      const now = all.turn.clock.now();
      all.turn.clock.now = () => now + 61 * day;
      const { rejections } = await all.prepareBy('corporate', pod);
      assert.match(rejections[0]?.message ?? '', message);
      const after = (await all.files()).leaves.get(pod);
      assert.notDeepEqual(after, before);
      assert.ok(isSignedBy(after?.certificate ?? '', signer.certificate));
      assert.equal((await all.record()).given, undefined);
    });
  }

  it('go on with what is recorded once its Secret is gone, and say so', async () => {
    const all = world();
    await give(all, 'corporate', corporate);
    await all.prepareBy('corporate', pod);
    await all.forget('corporate');
    const { rejections, warnings = [] } = await all.prepareBy('corporate', pod, 'demo-kafka-1');
    assert.deepEqual(rejections, []);
    assert.match(
      warnings[0]?.message ?? '',
      /there is no Secret corporate .*; members go on with the CA that they have$/,
    );
    const { leaves } = await all.files();
    assert.ok(isSignedBy(leaves.get('demo-kafka-1')?.certificate ?? '', corporate.certificate));
  });

  describe('and another CA has signed', () => {
    let root: KeyPair;
    let low: KeyPair;

    before(async () => {
      const validity = lasting(testTurn(object).turn.clock.now());
      root = await foreignAuthority('root', validity);
      low = await foreignAuthority('low', validity, { signedBy: root });
    });

    const isOne = (pem: string | undefined, { certificate }: KeyPair) => pem?.trim() === certificate.trim();

    async function given() {
      const all = world();
      await give(all, 'corporate', low, root.certificate);
      const { objects } = await all.prepareBy('corporate', pod);
      return { all, map: objects.find(({ kind }) => kind === 'ConfigMap') as ConfigMap };
    }

    function certificatesIn(text: string | undefined): string[] {
      const read = readBundle(text ?? '');
      return read.ok ? read.value.map(({ pem }) => pem) : [];
    }

    it('are known to clients by its root, and to members by itself', async () => {
      const { all, map } = await given();
      const [own, above, ...others] = certificatesIn(map.data?.['ca.crt']);
      assert.ok(isOne(own, low) && isOne(above, root));
      const { trusted } = await all.files();
      assert.ok(trusted.length === 1 && isOne(trusted[0], low));
      const text = Buffer.from((await all.secret(membersName))?.data?.[`${pod}.pem`] ?? '', 'base64').toString();
      const [leaf = '', sent, ...rest] = certificatesIn(text);
      assert.ok(isSignedBy(leaf, low.certificate) && isOne(sent, low));
      assert.deepEqual([...others, ...rest], []);
      all.api.calls.length = 0;
      await all.prepareBy('corporate', pod);
      assert.deepEqual(all.writes(), []);
    });

    it('stay as they are when its Secret is gone, and when all but what clients have is', async () => {
      const { all, map } = await given();
      const before = [await all.record(), await all.secret(membersName)];
      await all.forget('corporate');
      await all.prepareBy('corporate', pod);
      assert.deepEqual([await all.record(), await all.secret(membersName)], before);
      await all.put(configMaps, map);
      await all.empty(caName);
      await all.prepare(pod);
      const { signer, above = [], next } = await all.record();
      assert.ok(isOne(signer.certificate, low) && next !== undefined && above.length === 1 && isOne(above[0], root));
    });
  });

  it('do not follow a new one before everybody trusts it', async () => {
    const all = world();
    await give(all, 'corporate', corporate);
    await all.prepareBy('corporate', pod);
    await give(all, 'corporate', other);
    await all.prepareBy('corporate', pod);
    const { signer, next, given } = await all.record();
    assert.equal(signer.certificate, (await all.files()).trusted[0]);
    assert.ok(isSignedBy(corporate.certificate, signer.certificate));
    assert.equal(next, undefined);
    assert.ok(isSignedBy(other.certificate, given?.certificate ?? ''));
  });
});
