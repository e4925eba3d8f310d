/** The CA of a service is the user's: given, changed and taken back while everything runs, and lost. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cassandraResource } from '../../operators/cassandra/index.ts';
import { kafkaResource } from '../../operators/kafka/index.ts';
import { isRecord } from '../../operators/kube/json.ts';
import { configMaps, type KubeObject, type Resource, type Secret, secrets } from '../../operators/kube/resource.ts';
import { isSignedBy } from '../../operators/tls/certificate.ts';
import type { KeyPair } from '../../operators/tls/issue.ts';
import { foreignAuthority } from '../../operators/tls/testing/authorities.ts';
import { groupFilesOf, recordOf } from '../../operators/workload/certificates/secrets.ts';
import { assertReady, converge, services, turns } from './operator/converge.ts';
import { type Change, changed, crashAtEachWrite, deploy } from './operator/deploy.ts';
import { assertIdle, eachOf, restarts } from './operator/roll.ts';
import { cassandra, combinedKafka, type Shape } from './shapes.ts';
import { namespace, user, type World } from './world/world.ts';

const day = 86_400_000;
const secret = 'corporate';

interface Subject {
  product: string;
  resource: Resource;
  name: string;
  shape: Shape;
  /** The Secret of its CA, that of its members, and the ConfigMap of its clients. */
  authority: string;
  members: string;
  trust: string;
}

const subjects: Subject[] = [
  {
    product: 'a Kafka',
    resource: kafkaResource,
    name: 'demo',
    shape: combinedKafka,
    authority: 'demo-kafka-ca-key',
    members: 'demo-kafka-tls',
    trust: 'demo-kafka-ca',
  },
  {
    product: 'a Cassandra',
    resource: cassandraResource,
    name: 'ring',
    shape: cassandra,
    authority: 'ring-cassandra-ca-key',
    members: 'ring-r1-tls',
    trust: 'ring-cassandra-ca',
  },
];

let one: KeyPair;
/** Below the root. */
let other: KeyPair;
let root: KeyPair;

/** The user stores a CA, or stores another one in its place. */
function store(world: World, { certificate, key }: KeyPair): void {
  const data = { 'tls.crt': btoa(certificate), 'tls.key': btoa(key), 'ca.crt': btoa(root.certificate) };
  const object: Secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: secret }, data };
  const ref = { namespace, name: secret };
  if (world.server.get(secrets, ref) === undefined) world.server.create(user, secrets, object);
  else world.server.modify(user, secrets, ref, (live) => ({ ...live, data }));
}

function name(world: World, { resource, name: service }: Subject, secretName: string | undefined): void {
  const authority = secretName === undefined ? {} : { secretName };
  world.server.modify(user, resource, { namespace, name: service }, (live: KubeObject & { spec?: unknown }) => {
    const spec = isRecord(live.spec) ? live.spec : {};
    return { ...live, spec: { ...spec, certificates: { authority } } };
  });
}

function give(world: World, subject: Subject, pair: KeyPair): void {
  store(world, pair);
  name(world, subject, secret);
}

/** From the start. */
function givenShape(subject: Subject): Shape {
  const apply = (world: World): void => {
    subject.shape.apply(world);
    give(world, subject, one);
  };
  return { name: `${subject.shape.name} with a CA of the user`, apply };
}

function record(world: World, { authority }: Subject) {
  const found = recordOf(world.server.get(secrets, { namespace, name: authority }));
  assert.ok(found);
  return found;
}

/** The only one that is trusted, by what everybody presents; nobody restarted. */
function assertSignedBy(world: World, subject: Subject, authority: KeyPair | undefined): void {
  assertReady(world);
  const { signer, next, former } = record(world, subject);
  assert.deepEqual([next, former], [undefined, undefined]);
  const { leaves } = groupFilesOf(world.server.get(secrets, { namespace, name: subject.members }));
  const signed = (ca: string) => [...leaves.values()].every(({ certificate = '' }) => isSignedBy(certificate, ca));
  assert.ok(signed(signer.certificate));
  if (authority === undefined) assert.ok(!signed(one.certificate) && !signed(other.certificate));
  else assert.ok(signed(authority.certificate));
  const shown = world.server.get(configMaps, { namespace, name: subject.trust })?.data?.['ca.crt'] ?? '';
  assert.equal(shown.includes(root.certificate.trim()), authority === other);
  const plans = services(world).flatMap(({ status }) => status?.plans ?? []);
  assert.ok(plans.every((plan) => plan.name !== 'certificates'));
  assert.deepEqual(restarts(world), eachOf(world, 0));
}

function riskOf(world: World) {
  const [service] = services(world);
  return service?.status?.conditions?.find(({ type }) => type === 'CertificatesAtRisk');
}

interface Case {
  name: string;
  shape: (subject: Subject) => Shape;
  change: (world: World, subject: Subject) => void;
  signer: () => KeyPair | undefined;
  /** A crash at each so many-th write. */
  stride: number;
}

const cases: Case[] = [
  {
    name: 'is given',
    shape: ({ shape }) => shape,
    change: (world, subject) => give(world, subject, one),
    signer: () => one,
    stride: 1,
  },
  {
    name: 'is replaced by another',
    shape: givenShape,
    change: (world) => store(world, other),
    signer: () => other,
    stride: 3,
  },
  {
    name: 'is taken back',
    shape: givenShape,
    change: (world, subject) => name(world, subject, undefined),
    signer: () => undefined,
    stride: 3,
  },
];

/** Clients are given a day to learn of another CA. */
function caseOf(each: Case, subject: Subject): Change {
  return { shape: each.shape(subject), change: (world) => each.change(world, subject), passMs: 1.5 * day };
}

/** What a user may do to their CA, at any time. */
const edits: Record<string, (world: World, subject: Subject) => void> = {
  'gives one': (world, subject) => give(world, subject, one),
  'gives another': (world, subject) => give(world, subject, other),
  'takes it back': (world, subject) => name(world, subject, undefined),
  'names what is not there': (world, subject) => name(world, subject, 'nowhere'),
  'damages it': (world) => store(world, { ...one, key: other.key }),
  'waits for a day': (world) => world.pass(day),
  'loses what is recorded': (world, { authority }) => {
    if (world.server.get(secrets, { namespace, name: authority }) !== undefined) world.drop(secrets, authority);
  },
};

for (const subject of subjects) {
  describe(`a CA of the user for ${subject.product}`, () => {
    before(async () => {
      const now = Date.UTC(2030, 0, 1);
      const validity = { notBefore: new Date(now - day), notAfter: new Date(now + 1000 * day) };
      one = await foreignAuthority('one', validity, { algorithm: 'P384' });
      root = await foreignAuthority('root', validity);
      other = await foreignAuthority('other', validity, { signedBy: root });
    });

    for (const each of cases) {
      it(`that ${each.name} is in force in the end, whenever the operator dies`, async () => {
        const undisturbed = await changed(caseOf(each, subject));
        assertSignedBy(undisturbed.world, subject, each.signer());
        await assertIdle(undisturbed.world, undisturbed.operator);
        await crashAtEachWrite(
          undisturbed,
          (options) => changed(caseOf(each, subject), options),
          each.stride,
          (end) => assertSignedBy(end, subject, each.signer()),
        );
      });
    }

    it('that is lost goes on to sign, and is told to be', async () => {
      const { world, operator } = await deploy(givenShape(subject));
      world.drop(secrets, secret);
      world.drop(secrets, subject.members);
      await converge(world, operator);
      assertSignedBy(world, subject, one);
      assert.equal(riskOf(world)?.reason, 'SecretNotFound');
      store(world, one);
      await converge(world, operator);
      assert.equal(riskOf(world), undefined);
    });

    it('that ends is told of in time, and gives way to one of ours when it has ended', async () => {
      const { world, operator } = await deploy(givenShape(subject));
      world.pass(900 * day);
      await converge(world, operator);
      assertSignedBy(world, subject, one);
      assert.equal(riskOf(world)?.reason, 'CertificateExpiring');
      world.pass(101 * day);
      await converge(world, operator);
      // Nobody trusted anybody before either.
      world.violations.length = 0;
      assertSignedBy(world, subject, undefined);
      assert.match(riskOf(world)?.message ?? '', /tls.crt has ended/);
    });

    it('that was never there changes nothing, and is asked for', async () => {
      const { world, operator } = await deploy(subject.shape);
      name(world, subject, 'nowhere');
      await converge(world, operator);
      assertSignedBy(world, subject, undefined);
      const [service] = services(world);
      const stalled = service?.status?.conditions?.find(({ type }) => type === 'Stalled');
      assert.match(stalled?.message ?? '', /^spec.certificates.authority.secretName: there is no Secret nowhere/);
    });

    it('has nobody refuse anybody, whatever the user does with it', async () => {
      const steps = fc.array(fc.tuple(fc.constantFrom(...Object.keys(edits)), fc.integer({ min: 0, max: 12 })), {
        maxLength: 8,
      });
      const property = fc.asyncProperty(steps, async (all) => {
        const { world, operator } = await deploy(subject.shape);
        for (const [edit, rounds] of all) {
          edits[edit]?.(world, subject);
          await turns(rounds, world, operator);
        }
        give(world, subject, one);
        for (let days = 0; days < 3; days += 1) {
          await converge(world, operator);
          world.pass(1.5 * day);
        }
        await converge(world, operator);
        assertSignedBy(world, subject, one);
      });
      await fc.assert(property, { numRuns: 15, seed: 7 });
    });
  });
}
