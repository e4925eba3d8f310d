import assert from 'node:assert/strict';
import { ApiError } from '../../kube/api.ts';
import { type Secret, secrets } from '../../kube/resource.ts';
import { isSignedBy } from '../../tls/certificate.ts';
import type { KeyPair } from '../../tls/issue.ts';
import { foreignAuthority } from '../../tls/testing/authorities.ts';
import { defaultCertificates, serviceOf } from '../testing/services.ts';
import { testTurn } from '../testing/turn.ts';
import { type CertificateObject, certificateFor, certificateRequests, certificates } from './cert-manager.ts';
import type { AuthoritySource } from './policy.ts';
import { prepareCertificates } from './prepare.ts';
import { groupFilesOf, recordOf } from './secrets.ts';

const day = 86_400_000;
const service = serviceOf();
const { apiVersion, kind, namespace } = service;
const object = { apiVersion, kind, metadata: { namespace, name: service.name, uid: service.uid } };
const [name, pod] = ['demo-kafka-issued-ca', 'demo-kafka-0'];
const issuer = { name: 'corporate', kind: 'ClusterIssuer', group: 'cert-manager.io' };
const wanted = certificateFor(service, issuer, defaultCertificates.authority);

/** A service, and what cert-manager does beside it. */
function world() {
  const all = testTurn(object);
  const ref = { namespace, name };
  const prepare = (source: AuthoritySource) =>
    prepareCertificates(
      {
        service,
        policy: { ...defaultCertificates, source },
        groups: [{ set: 'demo-kafka', members: [{ pod, dnsNames: [pod] }] }],
      },
      all.turn,
    );
  return {
    ...all,
    prepare: () => prepare({ kind: 'Issuer', issuer }),
    prepareOwn: () => prepare({ kind: 'Own' }),
    certificate: () => all.api.read(certificates, ref),
    record: async () => recordOf(await all.api.read(secrets, { namespace, name: 'demo-kafka-ca-key' })),
    leaf: async () => {
      const { leaves } = groupFilesOf(await all.api.read(secrets, { namespace, name: 'demo-kafka-tls' }));
      return leaves.get(pod)?.certificate ?? '';
    },
    issue: (pair: KeyPair, root: KeyPair, by = issuer.name) => all.put(secrets, issuedSecret(pair, root, by), false),
    writes: () => {
      const found = all.api.writes().map(({ verb, key }) => `${verb} ${key.split('/').at(-1)}`);
      all.api.calls.length = 0;
      return found;
    },
  };
}

/** As cert-manager writes it. */
function issuedSecret({ certificate, key }: KeyPair, root: KeyPair, by: string): Secret {
  const files = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': root.certificate };
  const data = Object.fromEntries(Object.entries(files).map(([file, text]) => [file, btoa(text)]));
  const said = {
    'certificate-name': name,
    'issuer-name': by,
    'issuer-kind': issuer.kind,
    'issuer-group': issuer.group,
  };
  const annotations = Object.fromEntries(Object.entries(said).map(([part, text]) => [`cert-manager.io/${part}`, text]));
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name, annotations }, data };
}

describe('a CA that cert-manager issues', () => {
  let root: KeyPair;
  let low: KeyPair;

  before(async function () {
    this.timeout(20_000);
    const now = testTurn(object).turn.clock.now();
    const validity = { notBefore: new Date(now - day), notAfter: new Date(now + 1000 * day) };
    root = await foreignAuthority('root', validity);
    low = await foreignAuthority('low', validity, { signedBy: root });
  });

  it('is asked for, and waited for', async () => {
    const all = world();
    const { rejections } = await all.prepare();
    assert.equal(rejections[0]?.reason, 'CertificateNotIssued');
    assert.match(
      rejections[0]?.message ?? '',
      /^spec.certificates.authority.issuerRef: ClusterIssuer corporate has not issued .*: cert-manager has said nothing/,
    );
    assert.deepEqual((await all.certificate())?.spec, wanted.spec);
    assert.deepEqual(all.writes(), [`apply ${name}`]);
    await all.prepare();
    assert.deepEqual(all.writes(), []);
  });

  it('signs once it is there', async () => {
    const all = world();
    await all.prepare();
    await all.issue(low, root);
    const { rejections, warnings } = await all.prepare();
    assert.deepEqual([rejections, warnings], [[], []]);
    const record = await all.record();
    assert.deepEqual([record?.given?.secret, record?.certificate, record?.above?.length], [name, name, 1]);
    assert.ok(isSignedBy(await all.leaf(), low.certificate));
    all.writes();
    await all.prepare();
    assert.deepEqual(all.writes(), []);
  });

  it('is on record of a service that runs before it is asked for', async () => {
    const all = world();
    await all.prepareOwn();
    all.writes();
    await all.prepare();
    assert.deepEqual(all.writes(), ['update demo-kafka-ca-key']);
    await all.prepare();
    assert.deepEqual(all.writes(), [`apply ${name}`]);
    await all.issue(low, root);
    await all.prepare();
    assert.equal((await all.record())?.given?.secret, name);
    assert.ok(!isSignedBy(await all.leaf(), low.certificate));
  });

  it('is asked for as before when somebody has changed that', async () => {
    const all = world();
    await all.prepare();
    const live = await all.certificate();
    assert.ok(live);
    const edited = { ...live, spec: { ...live.spec, duration: '1h0m0s' } };
    await all.put<CertificateObject>(certificates, edited, false);
    await all.prepare();
    assert.equal((await all.certificate())?.spec.duration, wanted.spec.duration);
  });

  it('is asked for no more once the field is left out, and its record goes last', async () => {
    const all = world();
    await all.prepare();
    await all.issue(low, root);
    await all.prepare();
    all.writes();
    await all.prepareOwn();
    assert.deepEqual(all.writes(), [`remove ${name}`, 'update demo-kafka-ca-key']);
    const record = await all.record();
    assert.deepEqual([record?.given, record?.certificate], [undefined, undefined]);
    assert.ok(isSignedBy(await all.leaf(), low.certificate));
    all.api.calls.length = 0;
    await all.prepareOwn();
    assert.ok(all.api.calls.every(({ key }) => !key.includes('cert-manager.io')));
  });

  it('is asked for no more either where it never came', async () => {
    const all = world();
    await all.prepare();
    await all.prepareOwn();
    assert.equal(await all.certificate(), undefined);
  });

  const word = 'Referenced "ClusterIssuer" not found';

  async function answerOf(all: ReturnType<typeof world>): Promise<void> {
    const conditions = [{ type: 'Ready', status: 'False', reason: 'Pending', message: word }];
    const metadata = { namespace, name: `${name}-1` };
    const request = { apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest', metadata, status: { conditions } };
    await all.put(certificateRequests, request, false);
  }

  function failing(all: ReturnType<typeof world>, verb: string, error: ApiError): void {
    all.api.before = (call) => {
      if (call.verb === verb && call.key.startsWith('certificates.')) throw error;
    };
  }

  const unknown = () => new ApiError(404, 'Unknown', '404 page not found');
  const denied = () => new ApiError(500, 'InternalError', 'failed calling webhook');
  const metadata = { namespace, name };
  const problems: [string, (all: ReturnType<typeof world>) => unknown, string, RegExp][] = [
    ['cert-manager is not installed', (all) => failing(all, 'read', unknown()), 'CertificateNotIssued', /install cert/],
    ['it cannot be asked for', (all) => failing(all, 'apply', denied()), 'CertificateNotIssued', /failed calling webh/],
    ['its issuer does not answer', answerOf, 'CertificateNotIssued', /: Referenced "ClusterIssuer" not found; name an/],
    ['another issuer has left one', (all) => all.issue(low, root, 'former'), 'CertificateNotIssued', /has not issued/],
    [
      'its issuer signs no CAs',
      (all) => all.issue({ ...low, certificate: root.certificate }, root),
      'SecretInvalid',
      /tls.key is not the key .*; name an issuer/,
    ],
    ['its issuer does not know the root', (all) => all.issue(low, low), 'SecretInvalid', /signed by another CA/],
    [
      'its Certificate is somebody else’s',
      (all) => all.put<CertificateObject>(certificates, { ...wanted, metadata }, false),
      'NameCollision',
      /Certificate demo-kafka-issued-ca exists and is not of this KafkaCluster/,
    ],
    [
      'its Secret is somebody else’s',
      (all) => all.put(secrets, { apiVersion: 'v1', kind: 'Secret', metadata, data: {} }, false),
      'NameCollision',
      /Secret demo-kafka-issued-ca exists and is not of Certificate/,
    ],
  ];
  for (const [what, arrange, reason, message] of problems) {
    it(`is a matter of its owner where ${what}`, async () => {
      const all = world();
      await arrange(all);
      const { rejections, objects } = await all.prepare();
      assert.deepEqual([rejections.length, rejections[0]?.reason, objects], [1, reason, []]);
      assert.match(rejections[0]?.message ?? '', message);
      assert.ok(!(rejections[0]?.message ?? '').includes('BEGIN'));
    });

    it(`keeps no certificate from being renewed where ${what}`, async () => {
      const all = world();
      await all.prepareOwn();
      await all.prepare();
      await arrange(all);
      const before = await all.leaf();
      const now = all.turn.clock.now();
      all.turn.clock.now = () => now + 61 * day;
      const { rejections } = await all.prepare();
      assert.equal(rejections[0]?.reason, reason);
      assert.notEqual(await all.leaf(), before);
    });
  }

  it('that was in use is told to be gone, and signs on', async () => {
    const all = world();
    await all.prepare();
    await all.issue(low, root);
    await all.prepare();
    await all.issue(low, root, 'former');
    const { rejections, warnings = [] } = await all.prepare();
    assert.deepEqual(rejections, []);
    assert.match(warnings[0]?.message ?? '', /has not issued .*; members go on with the CA that they have$/);
  });
});
