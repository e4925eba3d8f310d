/** What the real cert-manager makes of a Certificate of a CA: other tests build on it. */
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type Secret, secrets } from '../../operators/kube/resource.ts';
import { applyAll, authority, issuer, useCertManager } from '../lib/cert-manager.ts';
import { folder, kubeconfig, programs } from '../lib/cluster.ts';
import { eventually } from '../lib/eventually.ts';
import { inScene, type Scene } from '../lib/scene.ts';

/** A root, a CA below it, and one below that. */
const objects = [
  issuer('self', { selfSigned: {} }),
  authority('root', 'self'),
  issuer('by-root', { ca: { secretName: 'root' } }),
  authority('middle', 'by-root'),
  issuer('by-middle', { ca: { secretName: 'middle' } }),
  authority('lowest', 'by-middle'),
];

function textOf(secret: Secret, key: string): string {
  return Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
}

function certificatesIn(secret: Secret, key: string): X509Certificate[] {
  const blocks = textOf(secret, key).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

function issued({ api, namespace, signal }: Scene, name: string): Promise<Secret> {
  const look = async (): Promise<Secret> => {
    const secret = await api.read(secrets, { namespace, name }, { signal });
    assert.ok(secret?.data?.['tls.crt'], `no certificate in Secret ${name}`);
    return secret;
  };
  return eventually(look, { signal });
}

function namesOf(certificates: readonly X509Certificate[]): string[] {
  return certificates.map(({ subject }) => subject.replace('CN=', ''));
}

describe('cert-manager', function () {
  useCertManager(this, { folder, kubeconfig, bin: programs });

  it(
    'issues CAs below a root, with the chain first and the root beside it',
    inScene(async (scene) => {
      await applyAll(objects, scene);
      const lowest = await issued(scene, 'lowest');
      const chain = certificatesIn(lowest, 'tls.crt');
      const [root] = certificatesIn(lowest, 'ca.crt');
      assert.deepEqual(namesOf(chain), ['lowest', 'middle']);
      assert.deepEqual(root && namesOf([root]), ['root']);
      const [own, above] = chain;
      assert.ok(own?.ca && above?.ca && root?.ca);
      assert.ok(own.verify(above.publicKey) && above.verify(root.publicKey) && root.verify(root.publicKey));
      const key = createPrivateKey(textOf(lowest, 'tls.key'));
      assert.deepEqual([key.asymmetricKeyType, own.checkPrivateKey(key)], ['ec', true]);
    }),
  );
});
