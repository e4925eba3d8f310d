/** Certificates of a KafkaCluster in use are replaced, with their CA: nobody restarts, and no client notices. */
import assert from 'node:assert/strict';
import { secrets } from '../../operators/kube/resource.ts';
import { recordOf } from '../../operators/workload/certificates/secrets.ts';
import { kafkas } from '../lib/resources.ts';
import { kafkaLoad, underLoad } from './lib/changes.ts';
import { stateward } from './lib/cli.ts';
import { accessTo, describeAny } from './lib/kafka.ts';
import { until, usePlace } from './lib/place.ts';
import { deletePod, identities, podsOf, untilPodReady } from './lib/pods.ts';
import { apply, read, singleKafka, untilKafkaReady } from './lib/services.ts';

const name = 'certified';
const authority = `${name}-kafka-ca-key`;
const members = `${name}-kafka-tls`;

describe('the certificates of a KafkaCluster in use', () => {
  const at = usePlace('certificates');
  let trusted = '';
  const load = kafkaLoad(at, name, async () => ({ ...(await accessTo(at(), name)), tls: () => ({ ca: trusted }) }));

  async function presented(): Promise<Record<string, string | undefined>> {
    const { status } = await read(at(), kafkas, name);
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
      const { status } = await read(at(), kafkas, name);
      assert.deepEqual(
        status?.plans?.filter((plan) => plan.name === 'certificates'),
        [],
      );
    });
  }

  it('becomes Ready, and shows what its members present', async () => {
    await apply(at(), kafkas, name, { pools: [singleKafka({ replicas: 3 })] });
    await untilKafkaReady(at(), name);
    await untilSettled();
    const shown = await presented();
    assert.equal(new Set(Object.values(shown).filter((fingerprint) => fingerprint !== undefined)).size, 3);
  });

  it('are all replaced when their Secret is gone', async () => {
    const record = await authorityNow();
    await replaced(() => drop(members));
    assert.equal((await authorityNow())?.signer.certificate, record?.signer.certificate);
  });

  const losses: [string, () => Promise<void>][] = [
    ['the key of their CA is gone', () => forgetKey()],
    ['the Secret of their CA is gone', () => drop(authority)],
  ];
  for (const [what, lose] of losses) {
    it(`are all replaced when ${what}, once clients know the next CA`, async () => {
      const record = await authorityNow();
      await replaced(async () => {
        await lose();
        const next = await until(at(), async () => {
          const { status } = await read(at(), kafkas, name);
          const steps = status?.plans?.flatMap(({ phases }) => phases).flatMap((phase) => phase.steps);
          const waits = steps?.find((step) => step.name === 'clients:[trust]');
          assert.match(waits?.message ?? '', /^clients have until .* to learn of the next CA$/);
          const found = (await authorityNow())?.next;
          assert.ok(found);
          return found;
        });
        await until(at(), async () => assert.ok((await trustedNow()).includes(next.certificate.trim())));
        await learn();
        await stateward(at(), ['plan', 'force', name, 'certificates', 'authority', 'clients:[trust]']);
      });
      assert.notEqual((await authorityNow())?.signer.certificate, record?.signer.certificate);
    });
  }

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
    assert.equal(watch.maxDownTogether().count, 0);
    assert.deepEqual(await identities(at(), name), pods);
  }

  /** What an application finds in its Secret. */
  async function trustedNow(): Promise<string> {
    const { tls } = await accessTo(at(), name);
    return typeof tls === 'object' ? String(tls.ca) : '';
  }

  /** An application that mounts its Secret reads it again. */
  async function learn(): Promise<void> {
    trusted = await trustedNow();
  }

  it('let a member that comes back find the others', async () => {
    const [first] = await podsOf(at(), name);
    await deletePod(at(), first?.metadata.name ?? '');
    await untilPodReady(at(), first?.metadata.name ?? '', first?.metadata.uid);
    await untilKafkaReady(at(), name);
    const { brokers } = await describeAny(at(), name);
    assert.deepEqual(
      brokers.map(({ fenced }) => fenced),
      [false, false, false],
    );
  });

  async function drop(secret: string): Promise<void> {
    await at().tools.kubectl(['delete', 'secret', secret, '-n', at().namespace]);
  }

  async function forgetKey(): Promise<void> {
    const patch = JSON.stringify([{ op: 'remove', path: '/data/ca.key' }]);
    await at().tools.kubectl(['patch', 'secret', authority, '-n', at().namespace, '--type=json', '-p', patch]);
  }
});
