/** The CA of a service is one that cert-manager issues: asked for, changed and given back while everything runs. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { kafkaResource } from '../../operators/kafka/index.ts';
import { isRecord } from '../../operators/kube/json.ts';
import { type KubeObject, type Secret, secrets } from '../../operators/kube/resource.ts';
import { isSignedBy } from '../../operators/tls/certificate.ts';
import type { KeyPair } from '../../operators/tls/issue.ts';
import { foreignAuthority } from '../../operators/tls/testing/authorities.ts';
import { type CertificateObject, certificates } from '../../operators/workload/certificates/cert-manager.ts';
import { groupFilesOf, recordOf } from '../../operators/workload/certificates/secrets.ts';
import { assertReady, converge, turns } from './operator/converge.ts';
import { type Change, changed, crashAtEachWrite, deploy, forEachWrite } from './operator/deploy.ts';
import { assertIdle, eachOf, restarts } from './operator/roll.ts';
import { combinedKafka, type Shape } from './shapes.ts';
import { namespace, user, type World } from './world/world.ts';

const day = 86_400_000;
const issued = 'demo-kafka-issued-ca';
const certManager = 'cert-manager';

let root: KeyPair;
/** What each issuer issues. */
let authorities: Record<string, KeyPair>;

/** As cert-manager writes it, at once. */
function issue(world: World, { metadata: { name }, spec }: CertificateObject): void {
  const { name: issuer, kind, group } = spec.issuerRef;
  const authority = authorities[issuer];
  if (authority === undefined) return;
  const said = { 'certificate-name': name, 'issuer-name': issuer, 'issuer-kind': kind, 'issuer-group': group };
  const annotations = Object.fromEntries(Object.entries(said).map(([part, text]) => [`cert-manager.io/${part}`, text]));
  const files = { 'tls.crt': authority.certificate, 'tls.key': authority.key, 'ca.crt': root.certificate };
  const data = Object.fromEntries(Object.entries(files).map(([file, text]) => [file, btoa(text)]));
  const metadata = { namespace, name, annotations };
  const object: Secret = { apiVersion: 'v1', kind: 'Secret', metadata, data };
  world.server.apply(certManager, secrets, object, certManager, undefined);
}

/** A service in a cluster with cert-manager. */
function shape(issuer?: string): Shape {
  const apply = (world: World): void => {
    world.server.observers.push(({ resource, after }) => {
      if (resource.kind === 'Certificate' && after !== undefined) issue(world, after as CertificateObject);
    });
    combinedKafka.apply(world);
    if (issuer !== undefined) name(world, issuer);
  };
  return { name: 'a Kafka beside cert-manager', apply };
}

function name(world: World, issuer: string | undefined): void {
  const authority = issuer === undefined ? {} : { issuerRef: { name: issuer } };
  world.server.modify(user, kafkaResource, { namespace, name: 'demo' }, (live: KubeObject & { spec?: unknown }) => {
    const spec = isRecord(live.spec) ? live.spec : {};
    return { ...live, spec: { ...spec, certificates: { authority } } };
  });
}

function asked(world: World): CertificateObject | undefined {
  return world.server.get(certificates, { namespace, name: issued });
}

/** The only one that is trusted, by what everybody presents; nobody restarted, and no more is asked for than is wanted. */
function assertIssuedBy(world: World, issuer: string | undefined): void {
  assertReady(world);
  const found = recordOf(world.server.get(secrets, { namespace, name: 'demo-kafka-ca-key' }));
  assert.deepEqual([found?.next, found?.former], [undefined, undefined]);
  assert.equal(asked(world)?.spec.issuerRef.name, issuer);
  assert.equal(found?.certificate, issuer === undefined ? undefined : issued);
  const { leaves } = groupFilesOf(world.server.get(secrets, { namespace, name: 'demo-kafka-tls' }));
  for (const [other, { certificate }] of Object.entries(authorities))
    for (const leaf of leaves.values()) assert.equal(isSignedBy(leaf.certificate ?? '', certificate), other === issuer);
  assert.deepEqual(restarts(world), eachOf(world, 0));
}

describe('a CA that cert-manager issues', () => {
  before(async () => {
    const now = Date.UTC(2030, 0, 1);
    const validity = { notBefore: new Date(now - day), notAfter: new Date(now + 1000 * day) };
    root = await foreignAuthority('root', validity);
    const low = () => foreignAuthority('low', validity, { signedBy: root });
    authorities = { one: await low(), other: await low() };
  });

  const cases: [string, string | undefined, string | undefined, number][] = [
    ['is asked for', undefined, 'one', 2],
    ['is of another issuer', 'one', 'other', 3],
    ['is given back', 'one', undefined, 3],
  ];
  for (const [what, from, to, stride] of cases) {
    it(`that ${what} is in force in the end, whenever the operator dies`, async () => {
      // Clients are given a day to learn of another CA.
      const change: Change = { shape: shape(from), change: (world) => name(world, to), passMs: 1.5 * day };
      const undisturbed = await changed(change);
      assertIssuedBy(undisturbed.world, to);
      await assertIdle(undisturbed.world, undisturbed.operator);
      const again = (end: World) => assertIssuedBy(end, to);
      await crashAtEachWrite(undisturbed, (options) => changed(change, options), stride, again);
    });
  }

  it('is asked for no more once nobody wants it, whenever the operator dies', async () => {
    const start = (await deploy(shape())).operator.writes;
    await forEachWrite(6, async (number) => {
      const faults = (_: unknown, write: number) =>
        write === start + number ? { kind: 'Crash' as const, answered: number % 2 === 1 } : undefined;
      const { world, operator } = await deploy(shape(), { faults });
      name(world, 'one');
      await turns(3, world, operator);
      name(world, undefined);
      await converge(world, operator);
      world.pass(1.5 * day);
      await converge(world, operator);
      assertIssuedBy(world, undefined);
    });
  });

  it('has nobody refuse anybody, whatever the user wants of it', async () => {
    const wish = fc.constantFrom('one', 'other', 'nowhere', undefined);
    const steps = fc.array(fc.tuple(wish, fc.integer({ min: 0, max: 12 }), fc.boolean()), { maxLength: 8 });
    const property = fc.asyncProperty(steps, async (all) => {
      const { world, operator } = await deploy(shape());
      for (const [issuer, rounds, waits] of all) {
        name(world, issuer);
        await turns(rounds, world, operator);
        if (waits) world.pass(day);
      }
      name(world, 'one');
      for (let days = 0; days < 3; days += 1) {
        await converge(world, operator);
        world.pass(1.5 * day);
      }
      await converge(world, operator);
      assertIssuedBy(world, 'one');
    });
    await fc.assert(property, { numRuns: 8, seed: 7 });
  });
});
