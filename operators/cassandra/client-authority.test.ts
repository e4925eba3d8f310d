import assert from 'node:assert/strict';
import { type ConfigMap, configMaps, type Secret, secrets } from '../kube/resource.ts';
import type { KeyPair } from '../tls/issue.ts';
import { foreignAuthority } from '../tls/testing/authorities.ts';
import { authoritySecret, recordOf } from '../workload/certificates/secrets.ts';
import { ownedMeta } from '../workload/identity.ts';
import { testTurn } from '../workload/testing/turn.ts';
import { prepareClientAuthority } from './client-authority.ts';
import { modelOf, service } from './testing/cassandra.ts';
import { type Authority, authorityOf, leafOf } from './testing/tls.ts';

const object = { apiVersion: 'v1', kind: 'CassandraCluster', metadata: { name: 'demo', namespace: 'ns' } };
const model = modelOf({ authentication: { mode: 'PasswordOrTls', clientCaSecretName: 'apps' } });
const copyName = 'demo-cassandra-client-ca';

function secretOf(text: string, key = 'ca.crt'): Secret {
  const data = { [key]: Buffer.from(text).toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'apps', namespace: 'ns' }, data };
}

describe('the CA of clients', () => {
  let own: Authority;
  let apps: Authority;
  let next: Authority;

  before(async () => {
    [own, apps, next] = [await authorityOf('own'), await authorityOf('apps'), await authorityOf('next')];
  });

  const bundle = (...authorities: Authority[]): string =>
    authorities.map(({ certificate }) => `${certificate.trim()}\n`).join('');

  async function prepared(secret?: Secret, copy?: ConfigMap, signer: KeyPair = own) {
    const world = testTurn(object);
    if (secret !== undefined) await world.put(secrets, secret, false);
    if (copy !== undefined) await world.put(configMaps, copy);
    return prepareClientAuthority(model, recordOf(authoritySecret(service, { signer })), world.turn);
  }

  it('is nobody’s business where clients have passwords', async () => {
    const { api, turn } = testTurn(object);
    assert.deepEqual(await prepareClientAuthority(modelOf(), undefined, turn), { rejections: [], objects: [] });
    assert.deepEqual(api.calls, []);
  });

  it('is copied for the members, the certificates alone, with the one by which the operator comes', async () => {
    const { rejections, objects } = await prepared(
      secretOf(`# apps\n${apps.certificate}\n${next.certificate}${apps.key}`),
    );
    assert.deepEqual(rejections, []);
    const [copy] = objects as ConfigMap[];
    assert.equal(copy?.metadata.name, copyName);
    assert.equal(copy?.metadata.ownerReferences?.[0]?.uid, service.uid);
    assert.deepEqual(copy?.data, { 'ca.crt': bundle(apps, next), 'accepted.crt': bundle(apps, next, own) });
  });

  it('is what the members have when the Secret is lost, and the operator comes by another one', async () => {
    const copy: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: ownedMeta(service, copyName),
      data: { 'ca.crt': apps.certificate, 'accepted.crt': bundle(apps, next) },
    };
    const { rejections, objects } = await prepared(undefined, copy);
    assert.deepEqual(rejections, []);
    const [made] = objects as ConfigMap[];
    assert.deepEqual(made?.data, { 'ca.crt': bundle(apps), 'accepted.crt': bundle(apps, own) });
  });

  it('takes the place of nobody else’s ConfigMap', async () => {
    const metadata = { name: copyName, namespace: 'ns' };
    const theirs: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} };
    const { rejections } = await prepared(secretOf(apps.certificate), theirs);
    assert.deepEqual(
      rejections.map(({ reason }) => reason),
      ['NameCollision'],
    );
  });

  it('is refused where it is the CA of the members, which another has signed', async () => {
    const validity = { notBefore: new Date(Date.now() - 1_000), notAfter: new Date(Date.now() + 3_600_000) };
    const root = await foreignAuthority('root', validity);
    const low = await foreignAuthority('low', validity, { signedBy: root });
    const { rejections } = await prepared(secretOf(low.certificate), undefined, low);
    assert.match(rejections[0]?.message ?? '', /is the CA of the members/);
    assert.deepEqual((await prepared(secretOf(root.certificate), undefined, low)).rejections, []);
  });

  const table: [string, () => Promise<Secret | undefined>, string, RegExp][] = [
    ['is not there', async () => undefined, 'SecretNotFound', /there is no Secret apps in namespace ns; create it/],
    ['has another key', async () => secretOf('x', 'tls.crt'), 'SecretInvalid', /ca\.crt of Secret apps holds no cert/],
    ['is no PEM', async () => secretOf('not a certificate'), 'SecretInvalid', /holds no certificate; it must hold PEM/],
    [
      'is cut off',
      async () => secretOf(`${apps.certificate.slice(0, 200)}\n-----END CERTIFICATE-----\n`),
      'SecretInvalid',
      /is no PEM certificate/,
    ],
    [
      'has the certificate of a client',
      async () => secretOf((await leafOf('app', apps)).certificate),
      'SecretInvalid',
      /holds a certificate of no CA; leave only CAs in it/,
    ],
    [
      'is the CA of the members',
      async () => secretOf(`${apps.certificate}\n${own.certificate}`),
      'SecretInvalid',
      /is the CA of the members, .*; give clients another CA/,
    ],
  ];
  for (const [what, secret, reason, words] of table) {
    it(`is refused where it ${what}`, async () => {
      const { rejections, objects } = await prepared(await secret());
      assert.deepEqual(objects, []);
      assert.deepEqual(
        rejections.map((each) => each.reason),
        [reason],
      );
      assert.match(rejections[0]?.message ?? '', /^spec\.authentication\.clientCaSecretName: /);
      assert.match(rejections[0]?.message ?? '', words);
    });
  }
});
