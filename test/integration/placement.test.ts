/** Where members run, by the word of the real scheduler. */
import assert from 'node:assert/strict';
import { pods } from '../../operators/kube/resource.ts';
import { nodeShapes } from '../lib/cluster.ts';
import { type KafkaCluster, kafkas } from '../lib/resources.ts';
import { inService, type Scene } from '../lib/scene.ts';
import { applyKafka, assertStalled, mustRead, pool, untilCurrent, untilService } from '../lib/services.ts';

const zoneKey = 'topology.kubernetes.io/zone';
const onNodes = (...names: string[]) => ({ key: 'kubernetes.io/hostname', operator: 'In', values: names });
const inZones = (...values: string[]) => ({ key: zoneKey, operator: 'In', values });
const tolerateGpu = [{ key: 'nvidia.com/gpu', operator: 'Exists' }];

/** As a user writes it: alternatives of requirements. */
function require(...alternatives: object[][]): object {
  const nodeSelectorTerms = alternatives.map((matchExpressions) => ({ matchExpressions }));
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

async function placed(scene: Scene, replicas: number, placement: object, extra: object = {}): Promise<string[]> {
  await applyKafka(scene, 'one', { pools: [pool({ replicas, ...extra })], placement });
  return nodesOf(await untilCurrent(scene, kafkas, 'one'));
}

function nodesOf({ status }: KafkaCluster): string[] {
  return (status?.members ?? []).map(({ node }) => node ?? 'none').sort();
}

function untilStuck(scene: Scene, words: RegExp, name = 'one'): Promise<KafkaCluster> {
  return untilService(scene, kafkas, name, (service) => assertStalled(service, 'StepFailed', words));
}

const zoneOf = (node: string) => nodeShapes.find(({ name }) => name === node)?.zone;

describe('placement', () => {
  it(
    'spreads members over the zones, one to a node, and off GPU nodes',
    inService(async (scene) => {
      await applyKafka(scene, 'one', { pools: [pool({ replicas: 6 })], placement: { zoneSpread: 'Required' } });
      const service = await untilCurrent(scene, kafkas, 'one');
      const nodes = nodesOf(service);
      assert.equal(new Set(nodes).size, 6, nodes.join());
      assert.deepEqual(nodes.map(zoneOf).sort(), ['a', 'a', 'b', 'b', 'c', 'c']);
      assert.deepEqual(service.status?.members?.map(({ zone }) => zone).sort(), ['a', 'a', 'b', 'b', 'c', 'c']);
      assert.ok(!nodes.includes('gpu-a'));
    }),
  );

  it(
    'says with the scheduler that nodes run out, and goes on when more are allowed',
    inService(async (scene) => {
      const two = { affinity: require([onNodes('fake-b1', 'fake-b2')]) };
      await applyKafka(scene, 'one', { pools: [pool()], placement: two });
      await untilStuck(scene, /no node fits: 0\/10 nodes are available: .*anti-affinity/);
      const three = { affinity: require([onNodes('fake-b1', 'fake-b2', 'fake-b3')]) };
      assert.deepEqual(await placed(scene, 3, three), ['fake-b1', 'fake-b2', 'fake-b3']);
    }),
  );

  it(
    'puts several members on a node where that is wished',
    inService(async (scene) => {
      const nodes = await placed(scene, 3, { membersPerNode: 'Any', affinity: require([onNodes('fake-b1')]) });
      assert.deepEqual(nodes, ['fake-b1', 'fake-b1', 'fake-b1']);
    }),
  );

  it(
    "adds its own demands to each of the user's alternatives, and widens none",
    inService(async (scene) => {
      const affinity = require([onNodes('fake-b1', 'gpu-a')], [inZones('c'), onNodes('fake-c1', 'fake-c2')]);
      const nodes = await placed(scene, 3, { affinity, tolerations: tolerateGpu });
      assert.deepEqual(nodes, ['fake-b1', 'fake-c1', 'fake-c2']);
      await applyKafka(scene, 'two', {
        pools: [pool({ replicas: 4 })],
        placement: { affinity, tolerations: tolerateGpu },
      });
      await untilStuck(scene, /two-kafka-\d:\[start\]: no node fits/, 'two');
    }),
  );

  it(
    'keeps off GPU nodes also where the user tolerates them, unless told otherwise',
    inService(async (scene) => {
      const wish = { affinity: require([onNodes('gpu-a')]), tolerations: tolerateGpu };
      await applyKafka(scene, 'one', { pools: [pool({ replicas: 1 })], placement: { ...wish, gpuNodes: 'Avoid' } });
      await untilStuck(scene, /no node fits: 0\/10 nodes are available/);
      assert.deepEqual(await placed(scene, 1, { ...wish, gpuNodes: 'Ignore' }), ['gpu-a']);
    }),
  );

  it(
    'takes GPU nodes last where it should rather not, and only these where it must',
    inService(async (scene) => {
      const nodeSelector = { [zoneKey]: 'a' };
      const wish = { nodeSelector, tolerations: tolerateGpu, gpuNodes: 'PreferAvoid' };
      assert.deepEqual(await placed(scene, 3, wish), ['fake-a1', 'fake-a2', 'fake-a3']);
      await applyKafka(scene, 'two', { pools: [pool({ replicas: 4 })], placement: wish });
      const all = nodesOf(await untilCurrent(scene, kafkas, 'two'));
      assert.deepEqual(all, ['fake-a1', 'fake-a2', 'fake-a3', 'gpu-a']);
    }),
  );

  it(
    'goes to GPU nodes where it must',
    inService(async (scene) => {
      assert.deepEqual(await placed(scene, 1, { gpuNodes: 'Require' }), ['gpu-a']);
    }),
  );

  it(
    'counts GPUs with the scheduler: where one of two members has three of four, one is left for the other',
    inService(async (scene) => {
      const gpu = (count: number) => {
        const select = { family: ['hopper'], minMemory: '40Gi', minComputeCapability: '8.0' };
        return { gpu: { count, select } };
      };
      const placement = { membersPerNode: 'Any' };
      await applyKafka(scene, 'one', { pools: [pool({ replicas: 2, ...gpu(3) })], placement });
      await untilStuck(scene, /no node fits: .*1 Insufficient nvidia\.com\/gpu/);
      assert.deepEqual(await placed(scene, 2, placement, gpu(1)), ['gpu-a', 'gpu-a']);
      const { items } = await scene.api.list(pods, scene);
      const counts = items.map(({ spec }) => spec?.containers[0]?.resources?.limits?.['nvidia.com/gpu']);
      assert.deepEqual(counts, ['1', '1'], 'the one that ran before has given two back');
    }),
  );

  it(
    'takes no GPU with less memory than was asked for',
    inService(async (scene) => {
      const gpu = (minMemory: string) => ({ gpu: { count: 1, select: { minMemory } } });
      await applyKafka(scene, 'one', { pools: [pool({ replicas: 1, ...gpu('100Gi') })] });
      await untilStuck(scene, /no node fits: .*didn't match Pod's node affinity/);
      assert.deepEqual(await placed(scene, 1, {}, gpu('79Gi')), ['gpu-a']);
    }),
  );

  it(
    'hands the rest of the wish on to the pods',
    inService(async (scene) => {
      const constraint = {
        maxSkew: 1,
        topologyKey: zoneKey,
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { team: 'x' } },
      };
      const placement = {
        runtimeClassName: 'crun',
        priorityClassName: 'system-cluster-critical',
        topologySpreadConstraints: [constraint],
        nodeSelector: { 'kubernetes.io/os': 'linux' },
      };
      await placed(scene, 1, placement);
      const { spec } = await mustRead(scene, pods, 'one-kafka-0');
      assert.equal(spec?.runtimeClassName, 'crun');
      assert.equal(spec.priority, 2_000_000_000);
      assert.deepEqual(spec.topologySpreadConstraints, [constraint], "the user's constraint takes the place of ours");
      assert.equal(spec.nodeSelector?.['kubernetes.io/os'], 'linux');
    }),
  );
});
