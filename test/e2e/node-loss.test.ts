/** Nodes of a KafkaCluster in use are drained, die and come back, and are gone for good. */
import assert from 'node:assert/strict';
import { persistentVolumeClaims } from '../../operators/kube/resource.ts';
import type { KafkaWriter } from '../lib/history/kafka-writer.ts';
import { kafkas } from '../lib/resources.ts';
import { assertStalled, conditionOf } from '../lib/services.ts';
import { assertOneDown, kafkaLoad, underLoad } from './lib/changes.ts';
import { stateward, why } from './lib/cli.ts';
import { drillKey, drillNodes } from './lib/cluster.ts';
import { describeAny } from './lib/kafka.ts';
import { drain, powerOff, powerOn, uncordon, useDrillNodes } from './lib/nodes.ts';
import { until, usePlace } from './lib/place.ts';
import { evict, identities, podsOf } from './lib/pods.ts';
import { apply, read, singleKafka, untilKafkaReady, untilService } from './lib/services.ts';

const name = 'drilled';

/** Of the writer's topic: its numbers go round. */
const partitions = 6;
const [firstNode, secondNode] = drillNodes;

/** Two members are on nodes of this test alone, a third one on a node to which nothing is done; zone a has a spare. */
const drill = { matchExpressions: [{ key: drillKey, operator: 'Exists' }] };
const ordinary = { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['a', 'c'] }] };
const placement = {
  zoneSpread: 'Required',
  tolerations: [{ key: drillKey, operator: 'Exists' }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [drill, ordinary] },
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: drill }],
    },
  },
};

describe('a KafkaCluster in use', () => {
  useDrillNodes();
  const at = usePlace('node-loss');
  const load = kafkaLoad(at, name);

  async function memberOn(node: string): Promise<string> {
    const found = (await podsOf(at(), name)).find(({ spec }) => spec?.nodeName === node);
    assert.ok(found, `no member is on ${node}`);
    return found.metadata.name;
  }

  async function changed(before: Record<string, string>): Promise<string[]> {
    const after = await identities(at(), name);
    return Object.keys(before).filter((member) => after[member] !== before[member]);
  }

  it('has its members on three nodes', async () => {
    await apply(at(), kafkas, name, { pools: [singleKafka({ replicas: 3 })], placement });
    await untilKafkaReady(at(), name);
    const nodes = (await podsOf(at(), name)).map(({ spec }) => spec?.nodeName);
    assert.deepEqual(nodes.toSorted(), ['data-c', ...drillNodes]);
  });

  it('lets two nodes be drained at once, one after the other, and has each member back when its node is', async () => {
    const before = await identities(at(), name);
    const [one, other] = [await memberOn(firstNode), await memberOn(secondNode)];
    const nodeOf: Record<string, string> = { [one]: firstNode, [other]: secondNode };
    const watch = await underLoad(at(), load, async () => {
      const drains = Promise.all(drillNodes.map((node) => drain(at(), node)));
      drains.catch(() => {}); // told below
      const taken = await untilOneHasNoNode([one, other]);
      const kept = taken === one ? other : one;
      await untilHeldUp(taken, nodeOf[taken] ?? '');
      assert.equal(await evict(at(), kept), false);
      await uncordon(at(), nodeOf[taken] ?? '');
      // The drain of the other node goes on by itself as soon as it may.
      await untilOneHasNoNode([kept]);
      await uncordon(at(), nodeOf[kept] ?? '');
      await drains;
      await untilKafkaReady(at(), name);
    });
    assertOneDown(watch);
    assert.deepEqual(await changed(before), [one, other].toSorted());
  });

  /** A pod that has just been made may have no node for a moment; this one has been looked at by the scheduler. */
  function untilOneHasNoNode(members: string[]): Promise<string> {
    return until(at(), async () => {
      const waiting = (await podsOf(at(), name)).filter(({ status }) =>
        status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable'),
      );
      const found = members.filter((member) => waiting.some(({ metadata }) => metadata.name === member));
      assert.equal(found.length, 1, `without a node: ${found.join(', ') || 'none'}`);
      return found[0] ?? '';
    });
  }

  /** Its data is on a node that takes no pods. */
  async function untilHeldUp(member: string, node: string): Promise<void> {
    const words = new RegExp(`${member}:\\[recover\\]: no node fits: .*unschedulable`);
    await untilService(at(), kafkas, name, (seen) => {
      assertStalled(seen, 'StepFailed', words);
      assert.equal(conditionOf(seen, 'Ready')?.status, 'False');
      assert.equal(conditionOf(seen, 'DataAtRisk')?.status, 'True');
    });
    const found = await why(at(), name);
    assert.match(found, new RegExp(`FAIL +placement ${member} fits none of \\d+ nodes`));
    assert.match(found, new RegExp(`${node}: is cordoned\n`));
    assert.match(found, /FAIL +evictions .* a drain waits: 2 of 3 members are healthy/);
  }

  it('goes on while a node is dead, says who is missed, and has that member back with the node', async () => {
    const before = await identities(at(), name);
    const member = await memberOn(firstNode);
    let writer: KafkaWriter | undefined;
    const write = async () => {
      writer = await load.write();
      return writer;
    };
    const watch = await underLoad(at(), { ...load, write }, async () => {
      await untilAllPartitionsTake(writer, 0);
      await powerOff(at(), firstNode);
      const dead = Date.now();
      await untilService(at(), kafkas, name, (seen) => {
        assert.match(conditionOf(seen, 'Ready')?.message ?? '', new RegExp(`^${member}:\\[recover\\]: `));
        assert.equal(conditionOf(seen, 'DataAtRisk')?.status, 'True');
      });
      assert.match(await why(at(), name), new RegExp(`${member} is on node ${firstNode}, which is not ready`));
      await untilAllPartitionsTake(writer, dead);
      await powerOn(at(), firstNode);
      await untilKafkaReady(at(), name);
    });
    assertOneDown(watch);
    assert.deepEqual(await changed(before), [member]);
  });

  /** A write to each of them was handed over since then, and is acknowledged. */
  async function untilAllPartitionsTake(writer: KafkaWriter | undefined, since: number): Promise<void> {
    await until(at(), () => {
      const safe = writer?.history().filter(({ sentAt, ackedAt }) => sentAt >= since && ackedAt !== undefined) ?? [];
      assert.equal(new Set(safe.map(({ id }) => id % partitions)).size, partitions, `${safe.length} since then`);
    });
  }

  it('says who is lost with a node that is gone for good, and builds that member anew on another', async () => {
    const member = await memberOn(firstNode);
    const claim = async () => (await read(at(), persistentVolumeClaims, `data-${member}`)).metadata.uid;
    const before = await claim();
    const replace = `kubectl stateward member replace ${name} ${member}`;
    const watch = await underLoad(at(), load, async () => {
      await powerOff(at(), firstNode);
      await at().tools.kubectl(['delete', 'node', firstNode]);
      const words = `${member}:[replace]: its data is on node ${firstNode}, which is gone; if it will not come back, replace the member: ${replace}`;
      await untilService(at(), kafkas, name, (seen) => assertStalled(seen, 'StepFailed', words));
      await stateward(at(), ['member', 'replace', name, member, '--yes', '--wait']);
      await untilKafkaReady(at(), name);
    });
    assertOneDown(watch);
    assert.notEqual(await claim(), before);
    assert.equal(await memberOn('data-a'), member);
    const { quorum } = await describeAny(at(), name);
    assert.deepEqual(quorum.voters.map(({ nodeId }) => nodeId).toSorted(), [0, 1, 2]);
  });
});
