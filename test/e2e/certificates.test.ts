/** Certificates of services in use are replaced, with their CA: nobody restarts, and no client notices. */
import assert from 'node:assert/strict';
import { type Resource, secrets } from '../../operators/kube/resource.ts';
import type { KeyPair } from '../../operators/tls/issue.ts';
import { foreignAuthority } from '../../operators/tls/testing/authorities.ts';
import { certificateNames, recordOf } from '../../operators/workload/certificates/secrets.ts';
import { type CassandraCluster, cassandras, type KafkaCluster, kafkas } from '../lib/resources.ts';
import { accessTo as cassandraAccess, secretOf, stateOf } from './lib/cassandra.ts';
import { assertNobodyDown, type Change, cassandraLoad, kafkaLoad, underLoad } from './lib/changes.ts';
import { stateward } from './lib/cli.ts';
import { describeAny, accessTo as kafkaAccess } from './lib/kafka.ts';
import { type Place, until, usePlace } from './lib/place.ts';
import { deletePod, identities, podsOf, untilPodReady } from './lib/pods.ts';
import { apply, read, singleKafka, smallCassandra, untilReady } from './lib/services.ts';

const name = 'certified';
const hour = 3_600_000;

interface Subject {
  product: 'kafka' | 'cassandra';
  resource: Resource<KafkaCluster> | Resource<CassandraCluster>;
  replicas: number;
  spec: object;
  /** The StatefulSet of its members. */
  set: string;
  /** What an application finds in its Secret. */
  trustedBy: (place: Place) => Promise<string>;
  /** An application that asks whom to trust at each connection. */
  load: (at: () => Place, trusted: () => string) => Change;
  /** All members have found each other. */
  assertWhole: (place: Place, pod: string) => Promise<void>;
}

const subjects: Subject[] = [
  {
    product: 'kafka',
    resource: kafkas,
    replicas: 3,
    spec: { pools: [singleKafka({ replicas: 3 })] },
    set: `${name}-kafka`,
    trustedBy: async (place) => {
      const { tls } = await kafkaAccess(place, name);
      return typeof tls === 'object' ? String(tls.ca) : '';
    },
    load: (at, trusted) =>
      kafkaLoad(at, name, async () => ({ ...(await kafkaAccess(at(), name)), tls: () => ({ ca: trusted() }) })),
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
    replicas: 1,
    spec: { replicas: 1, ...smallCassandra },
    set: `${name}-r1`,
    trustedBy: async (place) => (await secretOf(place, `${name}-cassandra-binding`))['ca.crt'] ?? '',
    load: (at, trusted) =>
      cassandraLoad(at, name, {
        replicas: 1,
        whom: async () => ({ ...(await cassandraAccess(at(), name)), ca: trusted }),
      }),
    assertWhole: async (place, pod) => {
      const { operationMode, live } = await stateOf(place, pod);
      assert.deepEqual([operationMode, live.length], ['NORMAL', 1]);
    },
  },
];

for (const subject of subjects) {
  const { product, resource, replicas } = subject;
  const authority = `${name}-${product}-ca-key`;
  const members = certificateNames.members(subject.set);

  describe(`the certificates of a ${resource.kind} in use`, () => {
    const at = usePlace(`certificates-${product}`);
    let trusted = '';
    let corporate: KeyPair | undefined;
    let root: KeyPair | undefined;
    const load = subject.load(at, () => trusted);

    function service() {
      return read<KafkaCluster | CassandraCluster>(at(), resource, name);
    }

    async function presented(): Promise<Record<string, string | undefined>> {
      const { status } = await service();
      return Object.fromEntries(status?.members?.map((member) => [member.name, member.certificate?.fingerprint]) ?? []);
    }

    async function authorityNow() {
      return recordOf(await read(at(), secrets, authority));
    }

    /** One CA, and every member was seen to present what it has signed. */
    async function untilSettled(): Promise<void> {
      await until(at(), async () => {
        const record = await authorityNow();
        assert.ok(record?.signer.key);
        assert.deepEqual([record.next, record.former], [undefined, undefined]);
        const { status } = await service();
        assert.deepEqual(
          status?.plans?.filter((plan) => plan.name === 'certificates'),
          [],
        );
      });
    }

    it('becomes Ready, and shows what its members present', async () => {
      await apply(at(), resource, name, subject.spec);
      await untilReady<KafkaCluster | CassandraCluster>(at(), resource, name);
      await untilSettled();
      const shown = await presented();
      assert.equal(new Set(Object.values(shown).filter((fingerprint) => fingerprint !== undefined)).size, replicas);
    });

    it('are all replaced when their Secret is gone', async () => {
      const record = await authorityNow();
      await replaced(() => drop(members));
      assert.equal((await authorityNow())?.signer.certificate, record?.signer.certificate);
    });

    const changes: [string, () => Promise<void>][] = [
      ['the key of their CA is gone', () => forgetKey()],
      ['the Secret of their CA is gone', () => drop(authority)],
      ['the user gives a CA', () => give()],
    ];
    for (const [what, change] of changes) {
      it(`are all replaced when ${what}, once clients know the next CA`, async () => {
        const record = await authorityNow();
        await replaced(async () => {
          await change();
          const next = await until(at(), async () => {
            const { status } = await service();
            const steps = status?.plans?.flatMap(({ phases }) => phases).flatMap((phase) => phase.steps);
            const waits = steps?.find((step) => step.name === 'clients:[trust]');
            assert.match(waits?.message ?? '', /^clients have until .* to learn of the next CA$/);
            const found = (await authorityNow())?.next;
            assert.ok(found);
            return found;
          });
          await until(at(), async () => assert.ok((await subject.trustedBy(at())).includes(next.certificate.trim())));
          await learn();
          await stateward(at(), ['plan', 'force', name, 'certificates', 'authority', 'clients:[trust]']);
        });
        assert.notEqual((await authorityNow())?.signer.certificate, record?.signer.certificate);
      });
    }

    it('are signed by the CA of the user from then on', async () => {
      const record = await authorityNow();
      const known = [corporate, root].map((pair) => pair?.certificate.trim());
      assert.equal(record?.signer.certificate.trim(), known[0]);
      assert.equal((await subject.trustedBy(at())).trim(), known.join('\n'));
    });

    it('are known to an application that trusts the root above it alone', async () => {
      trusted = root?.certificate ?? '';
      assertNobodyDown(await underLoad(at(), load, untilSettled));
    });

    /** Nobody restarts, and everybody presents something else in the end. */
    async function replaced(change: () => Promise<void>): Promise<void> {
      const [before, pods] = [await presented(), await identities(at(), name)];
      await learn();
      const watch = await underLoad(at(), load, async () => {
        await change();
        await until(at(), async () => {
          const now = await presented();
          for (const member of Object.keys(before)) assert.notEqual(now[member], before[member], member);
        });
        await untilSettled();
      });
      assertNobodyDown(watch);
      assert.deepEqual(await identities(at(), name), pods);
    }

    /** An application that mounts its Secret reads it again. */
    async function learn(): Promise<void> {
      trusted = await subject.trustedBy(at());
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
      const validity = { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + 365 * 24 * hour) };
      root = await foreignAuthority('root', validity);
      corporate = await foreignAuthority('corporate', validity, { algorithm: 'Rsa', legacyKey: true, signedBy: root });
      const { namespace } = at();
      const files = { 'tls.crt': corporate.certificate, 'ca.crt': root.certificate };
      const stringData = { ...files, 'tls.key': corporate.key };
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'corporate' }, stringData };
      await at().tools.kubectl(['apply', '-f', '-'], { input: JSON.stringify(secret) });
      await apply(at(), resource, name, { ...subject.spec, certificates: { authority: { secretName: 'corporate' } } });
    }

    async function drop(secret: string): Promise<void> {
      await at().tools.kubectl(['delete', 'secret', secret, '-n', at().namespace]);
    }

    async function forgetKey(): Promise<void> {
      const patch = JSON.stringify([{ op: 'remove', path: '/data/ca.key' }]);
      await at().tools.kubectl(['patch', 'secret', authority, '-n', at().namespace, '--type=json', '-p', patch]);
    }
  });
}
