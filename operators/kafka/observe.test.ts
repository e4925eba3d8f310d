import assert from 'node:assert/strict';
import type { MemberView } from '../workload/members.ts';
import { starting } from '../workload/testing/services.ts';
import type { Address, KafkaAdmin } from './admin/admin.ts';
import { observeKafka } from './observe.ts';
import { clusterOf, membersOf, modelOf, separate } from './testing/kafka.ts';

const never = new AbortController().signal;

async function observed(
  parts: Record<string, Partial<MemberView>>,
  answers: (address: Address) => boolean,
  signal = never,
) {
  const asked: string[] = [];
  const model = modelOf(separate);
  const pools = new Map(model.pools.map((pool) => [pool.spec.name, pool]));
  const admin: KafkaAdmin = {
    describe: async (address) => {
      asked.push(`${address.host}:${address.port}`);
      if (!answers(address)) throw new Error('no answer');
      return clusterOf();
    },
  };
  const views = membersOf(model, parts).map(({ nodeId: _, pool: __, ...view }) => view);
  return { asked, ...(await observeKafka(views, pools, admin, signal)) };
}

const parts: Record<string, Partial<MemberView>> = {
  'demo-controller-0': { address: 'c0' },
  'demo-controller-1': { address: 'c1', report: starting },
  'demo-controller-2': { address: 'c2', report: { state: 'Crashing', message: '' } },
  'demo-broker-1000': { address: 'b0', report: starting },
  'demo-broker-1001': { address: 'b1' },
};

describe('the view of a Kafka cluster', () => {
  it('is that of the first who answers, ready brokers first', async () => {
    const { asked, cluster } = await observed(parts, () => true);
    assert.deepEqual(asked, ['b1:9091']);
    assert.deepEqual(cluster, clusterOf());
  });

  it('is asked of everybody who runs, one after another', async () => {
    const { asked, cluster } = await observed(parts, ({ host }) => host === 'c1');
    assert.deepEqual(asked, ['b1:9091', 'b0:9091', 'c0:9090', 'c1:9090']);
    assert.deepEqual(cluster, clusterOf());
  });

  it('is unknown when nobody answers, and everybody is still a member', async () => {
    const { cluster, members } = await observed(parts, () => false);
    assert.equal(cluster, undefined);
    assert.deepEqual(
      members.map(({ nodeId, pool }) => [nodeId, pool.spec.name]),
      [
        [0, 'controller'],
        [1, 'controller'],
        [2, 'controller'],
        [1000, 'broker'],
        [1001, 'broker'],
      ],
    );
  });

  it('is asked of nobody without an address', async () => {
    const { asked } = await observed({ ...parts, 'demo-broker-1001': { address: undefined } }, () => true);
    assert.deepEqual(asked, ['b0:9091']);
  });

  it('is not asked for any more once nobody wants it', async () => {
    const controller = new AbortController();
    const answers = (): boolean => {
      controller.abort(new Error('enough'));
      return false;
    };
    await assert.rejects(observed(parts, answers, controller.signal), /enough/);
  });
});
