/** The CA of a service is one that the real cert-manager issues: asked for, taken by steps, renewed, and given back. */
import assert from 'node:assert/strict';
import { configMaps, pods, secrets } from '../../operators/kube/resource.ts';
import { isSignedBy, readBundle } from '../../operators/tls/certificate.ts';
import { certificates } from '../../operators/workload/certificates/cert-manager.ts';
import { type AuthorityRecord, groupFilesOf, recordOf } from '../../operators/workload/certificates/secrets.ts';
import { applyAll, authority, issuer, renew, useCertManager } from '../lib/cert-manager.ts';
import { folder, kubeconfig, programs } from '../lib/cluster.ts';
import { eventually } from '../lib/eventually.ts';
import { kafkas } from '../lib/resources.ts';
import { inService, type Scene } from '../lib/scene.ts';
import {
  applyKafka,
  assertCurrent,
  assertStalled,
  conditionOf,
  listNames,
  mustRead,
  pool,
  untilCurrent,
  untilGone,
  untilService,
} from '../lib/services.ts';

const issued = 'one-kafka-issued-ca';
const timeoutMs = 180_000;

/** An issuer that signs CAs by a root. */
async function prepareIssuer(scene: Scene): Promise<void> {
  const root = authority('root', 'self', { duration: '87600h' });
  await applyAll([issuer('self', { selfSigned: {} }), root, issuer('by-root', { ca: { secretName: 'root' } })], scene);
}

function apply(scene: Scene, authority: object, control: object = {}) {
  return applyKafka(scene, 'one', { pools: [pool({ replicas: 1 })], certificates: { authority }, control });
}

/** Clients know the next CA; resolves once it is the only one. */
async function followed(scene: Scene, authority: object): Promise<AuthorityRecord> {
  const step = 'clients:[trust]';
  const waiting = await untilService(
    scene,
    kafkas,
    'one',
    ({ status }) => {
      const steps = status?.plans?.flatMap(({ phases }) => phases).flatMap((phase) => phase.steps) ?? [];
      assert.match(steps.find(({ name }) => name === step)?.message ?? '', /^clients have until/);
    },
    { timeoutMs },
  );
  const revision = waiting.status?.plans?.find(({ name }) => name === 'certificates')?.revision;
  await apply(scene, authority, { completed: [`certificates/authority/${step}@${revision}`] });
  return eventually(() => settled(scene), { signal: scene.signal, timeoutMs });
}

async function settled(scene: Scene): Promise<AuthorityRecord> {
  const service = await mustRead(scene, kafkas, 'one');
  assertCurrent(service);
  assert.ok(service.status?.plans?.every(({ name }) => name !== 'certificates'));
  const record = recordOf(await mustRead(scene, secrets, 'one-kafka-ca-key'));
  assert.ok(record?.signer.key);
  assert.deepEqual([record.next, record.former], [undefined, undefined]);
  return record;
}

function certificatesIn(text: string | undefined): string[] {
  const read = readBundle(text ?? '');
  return read.ok ? read.value.map(({ pem }) => pem) : [];
}

/** Members trust the CA alone, clients its root as well, and the member presents both its leaf and the CA. */
async function assertBelowRoot(scene: Scene, { signer, above = [] }: AuthorityRecord): Promise<void> {
  const rootFile = (await mustRead(scene, secrets, 'root')).data?.['tls.crt'] ?? '';
  const top = Buffer.from(rootFile, 'base64').toString();
  assert.ok(isSignedBy(signer.certificate, top));
  assert.deepEqual(above, certificatesIn(top));
  const files = await mustRead(scene, secrets, 'one-kafka-tls');
  assert.deepEqual(groupFilesOf(files).trusted, [signer.certificate]);
  const [leaf = '', ...sent] = certificatesIn(Buffer.from(files.data?.['one-kafka-0.pem'] ?? '', 'base64').toString());
  assert.ok(isSignedBy(leaf, signer.certificate));
  assert.deepEqual(sent, [signer.certificate]);
  const { data } = await mustRead(scene, configMaps, 'one-kafka-ca');
  assert.deepEqual(certificatesIn(data?.['ca.crt']), [signer.certificate, ...above]);
}

describe('a KafkaCluster whose CA cert-manager issues', function () {
  useCertManager(this, { folder, kubeconfig, bin: programs });

  it(
    'goes over to it, to the next one, and back, by steps and without a restart',
    inService(async (scene) => {
      await prepareIssuer(scene);
      await apply(scene, {});
      await untilCurrent(scene, kafkas, 'one');
      const own = await settled(scene);
      const { uid } = (await mustRead(scene, pods, 'one-kafka-0')).metadata;
      const byRoot = { issuerRef: { name: 'by-root' } };
      await apply(scene, byRoot);
      const first = await followed(scene, byRoot);
      await assertBelowRoot(scene, first);
      await renew(issued, scene);
      const second = await followed(scene, byRoot);
      await assertBelowRoot(scene, second);
      assert.notEqual(second.signer.certificate, first.signer.certificate);
      await apply(scene, {});
      const last = await followed(scene, {});
      assert.ok(![own, first, second].some(({ signer }) => signer.certificate === last.signer.certificate));
      assert.deepEqual([last.certificate, last.above], [undefined, undefined]);
      await untilGone(scene, certificates, issued);
      assert.ok((await listNames(scene, secrets)).includes(issued));
      assert.equal((await mustRead(scene, pods, 'one-kafka-0')).metadata.uid, uid);
    }),
  );

  it(
    'waits for it from the start, says what cert-manager says, and goes on once it is issued',
    inService(async (scene) => {
      await prepareIssuer(scene);
      await apply(scene, { issuerRef: { name: 'nowhere' } });
      await untilService(
        scene,
        kafkas,
        'one',
        (service) => assertStalled(service, 'CertificateNotIssued', /Issuer nowhere has not issued .*not found/),
        { timeoutMs },
      );
      assert.deepEqual(await listNames(scene, pods), []);
      await apply(scene, { issuerRef: { name: 'by-root' } });
      await assertBelowRoot(scene, await eventually(() => settled(scene), { signal: scene.signal, timeoutMs }));
      await apply(scene, { issuerRef: { name: 'nowhere' } });
      await untilService(
        scene,
        kafkas,
        'one',
        (service) => {
          const risk = conditionOf(service, 'CertificatesAtRisk');
          assert.equal(risk?.reason, 'CertificateNotIssued');
          assert.match(risk.message, /not found.*; members go on with the CA that they have$/);
        },
        { timeoutMs },
      );
    }),
  );
});
