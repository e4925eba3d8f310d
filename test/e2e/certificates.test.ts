/** Certificates of services in use are replaced, with their CA: nobody restarts, and no client notices. */
import assert from 'node:assert/strict';
import { isSignedBy, readBundle } from '../../operators/tls/certificate.ts';
import type { KeyPair } from '../../operators/tls/issue.ts';
import { certificateNames } from '../../operators/workload/certificates/secrets.ts';
import { issuer, renew, useCertManager } from '../lib/cert-manager.ts';
import { type CassandraCluster, cassandras, type KafkaCluster, kafkas } from '../lib/resources.ts';
import {
  authorityOf,
  authoritySecret,
  type Certified,
  giveAuthority,
  letSign,
  presentedBy,
  untilClientsLearn,
  untilSettled,
} from './lib/authorities.ts';
import { accessTo as cassandraAccess, secretOf, stateOf, withClient } from './lib/cassandra.ts';
import { assertNobodyDown, type Change, cassandraLoad, kafkaLoad, underLoad } from './lib/changes.ts';
import { cluster, folder } from './lib/cluster.ts';
import { presentEnded } from './lib/ended.ts';
import { connected, describeAny, accessTo as kafkaAccess } from './lib/kafka.ts';
import { type Place, until, usePlace } from './lib/place.ts';
import { deletePod, identities, podsOf, untilPodReady } from './lib/pods.ts';
import { apply, singleKafka, smallCassandra, untilReady } from './lib/services.ts';

const name = 'certified';
const mutual = 'mutual';

/** What applications find in their Secrets. */
interface Known {
  ca: string;
  /** Of the one that comes by a certificate. */
  identity?: KeyPair;
}

interface Subject extends Certified {
  replicas: number;
  spec: object;
  /** The StatefulSet of its members. */
  set: string;
  /** Where they let in clients who show nothing of themselves. */
  port: number;
  /** Why cert-manager issues another CA. */
  reissue: { why: string; ask: (place: Place, certificate: string) => Promise<void> };
  known: (place: Place) => Promise<Known>;
  /** Applications that ask whom to trust, and who they are, at each connection. */
  loads: (at: () => Place, known: () => Known) => Change[];
  /** Rejects where an application is not let in: by its certificate, where it has one. */
  comeIn: (place: Place, known: Known) => Promise<void>;
  /** All members have found each other. */
  assertWhole: (place: Place, pod: string) => Promise<void>;
}

const tlsOf = ({ ca, identity }: Known) => ({
  ca,
  ...(identity && { cert: identity.certificate, key: identity.key }),
});

const subjects: Subject[] = [
  {
    product: 'kafka',
    resource: kafkas,
    name,
    replicas: 3,
    spec: {
      pools: [singleKafka({ replicas: 3 })],
      listeners: [
        { name: 'secure', port: 9093 },
        { name: mutual, port: 9094, authentication: 'Tls' },
      ],
    },
    set: `${name}-kafka`,
    port: 9093,
    reissue: { why: 'the Secret that it wrote is gone', ask: drop },
    known: async (place) => {
      const { tls } = await kafkaAccess(place, name, 'Tls');
      const { ca, cert, key } = typeof tls === 'object' ? tls : {};
      return { ca: String(ca), identity: { certificate: String(cert), key: String(key) } };
    },
    loads: (at, known) => {
      const byPassword = async () => ({ ...(await kafkaAccess(at(), name)), tls: () => ({ ca: known().ca }) });
      const byCertificate = async () => ({ ...(await kafkaAccess(at(), name, 'Tls')), tls: () => tlsOf(known()) });
      return [kafkaLoad(at, name, byPassword), kafkaLoad(at, name, byCertificate, mutual)];
    },
    comeIn: async (place, known) => connected({ ...(await kafkaAccess(place, name, 'Tls')), tls: tlsOf(known) }),
    assertWhole: async (place) => {
      const { brokers } = await describeAny(place, name);
      assert.deepEqual(
        brokers.map(({ fenced }) => fenced),
        [false, false, false],
      );
    },
  },
  {
    product: 'cassandra',
    resource: cassandras,
    name,
    replicas: 1,
    spec: { replicas: 1, ...smallCassandra },
    set: `${name}-r1`,
    port: 9042,
    reissue: { why: 'it is asked to', ask: (place, certificate) => renew(certificate, place) },
    known: async (place) => ({ ca: (await secretOf(place, `${name}-cassandra-binding`))['ca.crt'] ?? '' }),
    loads: (at, known) => {
      const whom = async () => ({ ...(await cassandraAccess(at(), name)), ca: () => known().ca });
      return [cassandraLoad(at, name, { replicas: 1, whom })];
    },
    comeIn: async (place, { ca }) => withClient({ ...(await cassandraAccess(place, name)), ca }, async () => {}),
    assertWhole: async (place, pod) => {
      const { operationMode, live } = await stateOf(place, pod);
      assert.deepEqual([operationMode, live.length], ['NORMAL', 1]);
    },
  },
];

for (const subject of subjects) {
  const { product, resource, replicas, spec } = subject;

  describe(`the certificates of a ${resource.kind} in use`, function () {
    useCertManager(this, { folder, ...cluster });
    const at = usePlace(`certificates-${product}`);
    let known: Known = { ca: '' };
    /** What applications trust; all that they are told to unless it is set. */
    let trusted: string | undefined;
    const former: Known[] = [];
    const issuedName = `${name}-${product}-issued-ca`;
    let given: { corporate: KeyPair; root: KeyPair };
    const loads = subject.loads(at, () => known);

    it('becomes Ready, and shows what its members present', async () => {
      await apply(at(), resource, name, spec);
      await untilReady<KafkaCluster | CassandraCluster>(at(), resource, name);
      await untilSettled(at(), subject);
      const shown = Object.values(await presentedBy(at(), subject));
      assert.equal(new Set(shown.filter((fingerprint) => fingerprint !== undefined)).size, replicas);
    });

    it('are all replaced when their Secret is gone, and when they have ended', async () => {
      const record = await authorityOf(at(), subject);
      const members = certificateNames.members(subject.set);
      await replaced(async () => {
        await untilOthers(() => drop(at(), members));
        await untilOthers(() => presentEnded(at(), subject, members, subject.port));
      });
      assert.equal((await authorityOf(at(), subject))?.signer.certificate, record?.signer.certificate);
      await subject.comeIn(at(), known);
    });

    it('are all made anew when all their Secrets are gone at once, and let in whoever reads his again', async () => {
      const record = await authorityOf(at(), subject);
      former.push(await subject.known(at()));
      await replaced(async () => {
        await drop(at(), authoritySecret(subject), certificateNames.members(subject.set));
        await until(at(), async () => {
          known = await subject.known(at());
          const { signer, next } = (await authorityOf(at(), subject)) ?? {};
          if (next !== undefined) await letSign(at(), subject);
          assert.notEqual(signer?.certificate, record?.signer.certificate);
          await subject.comeIn(at(), known);
        });
      });
    });

    areReplaced('the key of their CA is gone, and that of the next one', {
      change: () => forget('ca.key'),
      lose: () => forget('next.key'),
    });
    areReplaced('the Secret of their CA is gone, and again with the next one', {
      change: () => drop(at(), authoritySecret(subject)),
      lose: () => drop(at(), authoritySecret(subject)),
    });
    areReplaced('the user gives a CA', { change: give });
    areReplaced('the user has cert-manager issue one below that', { change: issue });

    it('are signed by the CA that was issued from then on, and clients have all that is above it', async () => {
      const { 'tls.crt': chain = '' } = await secretOf(at(), issuedName);
      const [issued] = certificatesIn(chain);
      assert.equal((await authorityOf(at(), subject))?.signer.certificate.trim(), issued);
      const above = [given.corporate, given.root].map(({ certificate }) => certificate.trim());
      assert.deepEqual(certificatesIn((await subject.known(at())).ca), [issued, ...above]);
    });

    it('are as they were when the Secret with the copy of that CA is gone', async () => {
      const [record, presented] = [await authorityOf(at(), subject), await presentedBy(at(), subject)];
      await drop(at(), authoritySecret(subject));
      await untilSettled(at(), subject);
      assert.deepEqual(await authorityOf(at(), subject), record);
      assert.deepEqual(await presentedBy(at(), subject), presented);
    });

    areReplaced(`cert-manager issues another since ${subject.reissue.why}, and clients trust the root alone`, {
      change: () => subject.reissue.ask(at(), issuedName),
      trusted: () => given.root.certificate,
    });

    if (product === 'kafka')
      it('let in nobody who shows one of a former CA, or none', async () => {
        await learn();
        await subject.comeIn(at(), known);
        const { ca } = known;
        // The kubelet takes the former CA away from the members in its own time.
        for (const stranger of [{ ca }, ...former.map((one) => ({ ...one, ca }))])
          await until(at(), () => assert.rejects(subject.comeIn(at(), stranger)));
      });

    interface Replacement {
      change: () => Promise<void>;
      /** Takes the next CA away before it signs. */
      lose?: () => Promise<void>;
      /** All that clients trust meanwhile. */
      trusted?: () => string;
    }

    /** By another CA, once clients know it. */
    function areReplaced(what: string, { change, lose, ...clients }: Replacement): void {
      it(`are all replaced when ${what}`, async () => {
        const record = await authorityOf(at(), subject);
        former.push(await subject.known(at()));
        trusted = clients.trusted?.();
        await replaced(async () => {
          await change();
          await letKnow();
          if (lose !== undefined) await loseNext(lose);
          await letSign(at(), subject);
        });
        assert.notEqual((await authorityOf(at(), subject))?.signer.certificate, record?.signer.certificate);
        await subject.comeIn(at(), known);
      });
    }

    async function letKnow(): Promise<void> {
      await learn((await untilClientsLearn(at(), subject)).certificate);
      await subject.comeIn(at(), known);
    }

    /** Another one follows; who has what the lost one signed, and has not heard of that, is let in still. */
    async function loseNext(lose: () => Promise<void>): Promise<void> {
      const behind = known;
      former.push(behind);
      await lose();
      await letKnow();
      await subject.comeIn(at(), behind);
    }

    /** Nobody restarts, and everybody presents something else in the end. */
    async function replaced(change: () => Promise<void>): Promise<void> {
      const pods = await identities(at(), name);
      await learn();
      await underLoads(async () => {
        await untilOthers(change);
        await untilSettled(at(), subject);
      });
      assert.deepEqual(await identities(at(), name), pods);
    }

    async function untilOthers(change: () => Promise<void>): Promise<void> {
      const before = await presentedBy(at(), subject);
      await change();
      await until(at(), async () => {
        const now = await presentedBy(at(), subject);
        for (const member of Object.keys(before)) assert.notEqual(now[member], before[member], member);
      });
    }

    async function underLoads(change: () => Promise<void>): Promise<void> {
      const under = (inner: () => Promise<void>, load: Change) => async () =>
        assertNobodyDown(await underLoad(at(), load, inner));
      await loads.reduce(under, change)();
    }

    /** An application that mounts its Secret reads it again, once it says what it is to say of the next CA. */
    async function learn(next?: string): Promise<void> {
      known = await until(at(), async () => {
        const found = await subject.known(at());
        const read = { ...found, ca: trusted ?? found.ca };
        if (next === undefined) return read;
        assert.ok(found.ca.includes(next.trim()), 'clients are not told of the next CA');
        const { certificate } = found.identity ?? {};
        assert.ok(certificate === undefined || isSignedBy(certificate, next), 'they have no certificate of it');
        return read;
      });
    }

    it('let a member that comes back find the others', async () => {
      const [first] = await podsOf(at(), name);
      const pod = first?.metadata.name ?? '';
      await deletePod(at(), pod);
      await untilPodReady(at(), pod, first?.metadata.uid);
      await untilReady<KafkaCluster | CassandraCluster>(at(), resource, name);
      await subject.assertWhole(at(), pod);
    });

    async function give(): Promise<void> {
      given = await giveAuthority(at());
      await apply(at(), resource, name, { ...spec, certificates: { authority: { secretName: 'corporate' } } });
    }

    async function issue(): Promise<void> {
      const company = issuer('company', { ca: { secretName: 'corporate' } });
      await at().tools.kubectl(['apply', '-n', at().namespace, '-f', '-'], { input: JSON.stringify(company) });
      await apply(at(), resource, name, { ...spec, certificates: { authority: { issuerRef: { name: 'company' } } } });
    }

    async function forget(key: string): Promise<void> {
      const patch = JSON.stringify([{ op: 'remove', path: `/data/${key}` }]);
      const secret = ['secret', authoritySecret(subject), '-n', at().namespace];
      await at().tools.kubectl(['patch', ...secret, '--type=json', '-p', patch]);
    }
  });
}

async function drop({ tools, namespace }: Place, ...names: string[]): Promise<void> {
  await tools.kubectl(['delete', 'secret', ...names, '-n', namespace]);
}

function certificatesIn(text: string): string[] {
  const found = readBundle(text);
  return found.ok ? found.value.map(({ pem }) => pem.trim()) : [];
}
