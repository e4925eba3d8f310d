/** Certificates of services in use are replaced, with their CA: nobody restarts, and no client notices. */
import assert from 'node:assert/strict';
import { isSignedBy, readBundle } from '../../operators/tls/certificate.ts';
import type { KeyPair } from '../../operators/tls/issue.ts';
import { certificateNames } from '../../operators/workload/certificates/secrets.ts';
import { issuer, useCertManager } from '../lib/cert-manager.ts';
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
    const former: Known[] = [];
    let given: { corporate: KeyPair; root: KeyPair };
    const loads = subject.loads(at, () => known);

    it('becomes Ready, and shows what its members present', async () => {
      await apply(at(), resource, name, spec);
      await untilReady<KafkaCluster | CassandraCluster>(at(), resource, name);
      await untilSettled(at(), subject);
      const shown = Object.values(await presentedBy(at(), subject));
      assert.equal(new Set(shown.filter((fingerprint) => fingerprint !== undefined)).size, replicas);
    });

    it('are all replaced when their Secret is gone', async () => {
      const record = await authorityOf(at(), subject);
      await replaced(() => drop(certificateNames.members(subject.set)));
      assert.equal((await authorityOf(at(), subject))?.signer.certificate, record?.signer.certificate);
    });

    const changes: [string, () => Promise<void>][] = [
      ['the key of their CA is gone', forgetKey],
      ['the Secret of their CA is gone', () => drop(authoritySecret(subject))],
      ['the user gives a CA', give],
      ['the user has cert-manager issue one below that', issue],
    ];
    for (const [what, change] of changes) {
      it(`are all replaced when ${what}, once clients know the next CA`, async () => {
        const record = await authorityOf(at(), subject);
        former.push(await subject.known(at()));
        await replaced(async () => {
          await change();
          await learn((await untilClientsLearn(at(), subject)).certificate);
          await subject.comeIn(at(), known);
          await letSign(at(), subject);
        });
        assert.notEqual((await authorityOf(at(), subject))?.signer.certificate, record?.signer.certificate);
        await subject.comeIn(at(), known);
      });
    }

    it('are signed by the CA that was issued from then on, and clients have all that is above it', async () => {
      const { 'tls.crt': chain = '' } = await secretOf(at(), `${name}-${product}-issued-ca`);
      const [issued] = certificatesIn(chain);
      assert.equal((await authorityOf(at(), subject))?.signer.certificate.trim(), issued);
      const above = [given.corporate, given.root].map(({ certificate }) => certificate.trim());
      assert.deepEqual(certificatesIn((await subject.known(at())).ca), [issued, ...above]);
    });

    it('are as they were when the Secret with the copy of that CA is gone', async () => {
      const [record, presented] = [await authorityOf(at(), subject), await presentedBy(at(), subject)];
      await drop(authoritySecret(subject));
      await untilSettled(at(), subject);
      assert.deepEqual(await authorityOf(at(), subject), record);
      assert.deepEqual(await presentedBy(at(), subject), presented);
    });

    it('are known to an application that trusts the root above it alone', async () => {
      known = { ...known, ca: given.root.certificate };
      await underLoads(() => untilSettled(at(), subject));
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

    /** Nobody restarts, and everybody presents something else in the end. */
    async function replaced(change: () => Promise<void>): Promise<void> {
      const [before, pods] = [await presentedBy(at(), subject), await identities(at(), name)];
      await learn();
      await underLoads(async () => {
        await change();
        await until(at(), async () => {
          const now = await presentedBy(at(), subject);
          for (const member of Object.keys(before)) assert.notEqual(now[member], before[member], member);
        });
        await untilSettled(at(), subject);
      });
      assert.deepEqual(await identities(at(), name), pods);
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
        if (next === undefined) return found;
        assert.ok(found.ca.includes(next.trim()), 'clients are not told of the next CA');
        const { certificate } = found.identity ?? {};
        assert.ok(certificate === undefined || isSignedBy(certificate, next), 'they have no certificate of it');
        return found;
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

    async function drop(secret: string): Promise<void> {
      await at().tools.kubectl(['delete', 'secret', secret, '-n', at().namespace]);
    }

    async function forgetKey(): Promise<void> {
      const patch = JSON.stringify([{ op: 'remove', path: '/data/ca.key' }]);
      const secret = ['secret', authoritySecret(subject), '-n', at().namespace];
      await at().tools.kubectl(['patch', ...secret, '--type=json', '-p', patch]);
    }
  });
}

function certificatesIn(text: string): string[] {
  const found = readBundle(text);
  return found.ok ? found.value.map(({ pem }) => pem.trim()) : [];
}
