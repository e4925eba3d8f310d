/** Certificates of a KafkaCluster in use are replaced, with their CA: nobody restarts, and no client notices. */
import assert from 'node:assert/strict';
import { secrets } from '../../operators/kube/resource.ts';
import { recordOf } from '../../operators/workload/certificates/secrets.ts';
import { kafkas } from '../lib/resources.ts';
import { kafkaLoad, underLoad } from './lib/changes.ts';
import { describeAny } from './lib/kafka.ts';
import { until, usePlace } from './lib/place.ts';
import { deletePod, identities, podsOf, untilPodReady } from './lib/pods.ts';
import { apply, read, singleKafka, untilKafkaReady } from './lib/services.ts';

const name = 'certified';
const authority = `${name}-kafka-ca-key`;
const members = `${name}-kafka-tls`;

describe('the certificates of a KafkaCluster in use', () => {
  const at = usePlace('certificates');
  const load = kafkaLoad(at, name);

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

  const losses: [string, () => Promise<void>, boolean][] = [
    ['their Secret is gone', () => drop(members), false],
    ['the key of their CA is gone', () => forgetKey(), true],
    ['the Secret of their CA is gone', () => drop(authority), true],
  ];
  for (const [what, lose, newAuthority] of losses) {
    it(`are all replaced when ${what}`, async () => {
      const [before, pods, record] = [await presented(), await identities(at(), name), await authorityNow()];
      const watch = await underLoad(at(), load, async () => {
        await lose();
        await until(at(), async () => {
          const now = await presented();
          for (const member of Object.keys(before)) assert.notEqual(now[member], before[member], member);
        });
        await untilSettled();
      });
      assert.equal(watch.maxDownTogether().count, 0);
      assert.deepEqual(await identities(at(), name), pods);
      const same = (await authorityNow())?.signer.certificate === record?.signer.certificate;
      assert.equal(same, !newAuthority);
    });
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
