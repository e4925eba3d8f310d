/** Where members run: zones, GPU nodes, and what the user adds. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodePaths, nodesOf, readCluster } from '../../hack/cluster/layout.ts';
import { type Pod, pods } from '../../operators/kube/resource.ts';
import { kafkas } from '../lib/resources.ts';
import { assertStalled } from '../lib/services.ts';
import { folder } from './lib/cluster.ts';
import { assertRecords, clientOf, fill } from './lib/kafka.ts';
import { type Place, until, usePlace } from './lib/place.ts';
import { podsOf } from './lib/pods.ts';
import { apply, read, singleKafka, smallKafka, untilKafkaReady, untilService } from './lib/services.ts';

const hostname = 'kubernetes.io/hostname';
const gpuTaint = { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' };

/** Placement needs no running process: the pod has a node as soon as the scheduler has decided. */
async function placed(place: Place, service: string, count = 1): Promise<Pod[]> {
  return until(place, async () => {
    const found = (await podsOf(place, service)).filter(({ spec }) => spec?.nodeName !== undefined);
    assert.equal(found.length, count, `${found.length} of ${count} pods of ${service} have a node`);
    return found;
  });
}

async function nodesOfService(place: Place, service: string, count = 1): Promise<string[]> {
  const found = await placed(place, service, count);
  return found.map(({ spec }) => spec?.nodeName ?? '').toSorted();
}

async function deleteService(place: Place, name: string): Promise<void> {
  await place.tools.kubectl(['delete', 'kafkaclusters', name, '-n', place.namespace]);
  const now = ['--force', '--grace-period=0', '--wait=false'];
  await place.tools.kubectl(['delete', 'pods', '-n', place.namespace, '-l', `stateward.dev/service=${name}`, ...now]);
}

async function allocatedGpus(place: Place, node: string): Promise<number> {
  const described = await place.tools.kubectl(['describe', 'node', node]);
  const [, allocated = ''] = described.split('Allocated resources:');
  return Number(/nvidia\.com\/gpu\s+(\d+)/.exec(allocated)?.[1]);
}

describe('placement', () => {
  const at = usePlace('placement');

  describe('of a member with a GPU, a priority and a runtime of its own', () => {
    const name = 'gpu';
    const priority = `e2e-${process.pid}`;
    let earlier: number;
    let pod: Pod;

    before(async () => {
      earlier = await allocatedGpus(at(), 'gpu-a');
      const metadata = { name: priority };
      const priorityClass = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata, value: 1000 };
      await at().tools.kubectl(['apply', '-f', '-'], { input: JSON.stringify(priorityClass) });
      const gpu = { vendor: 'Nvidia', count: 1, select: { family: ['hopper'], minMemory: '40Gi' } };
      const placement = {
        priorityClassName: priority,
        runtimeClassName: 'crun',
        tolerations: [{ key: 'example.com/users-own', operator: 'Exists' }],
        affinity: nodesIn('topology.kubernetes.io/zone', ['a', 'b']),
      };
      await apply(at(), kafkas, name, { pools: [singleKafka({ gpu })], placement });
      await untilKafkaReady(at(), name);
      pod = await read(at(), pods, 'gpu-kafka-0');
    });

    after(() => at().tools.kubectl(['delete', 'priorityclass', priority]));

    it('is on the node with GPUs, and has one of them', async () => {
      assert.equal(pod.spec?.nodeName, 'gpu-a');
      assert.equal(pod.spec?.containers[0]?.resources?.limits?.['nvidia.com/gpu'], '1');
      assert.equal(await allocatedGpus(at(), 'gpu-a'), earlier + 1);
    });

    it('serves', async () => {
      const kafka = await clientOf(at(), name);
      await assertRecords(at(), kafka, 'records', await fill(kafka, 'records', 1, 100));
    });

    it('has the priority of its class', () => {
      assert.equal(pod.spec?.priorityClassName, priority);
      assert.equal(pod.spec?.priority, 1000);
    });

    it('really runs with the other runtime', () => {
      assert.equal(pod.spec?.runtimeClassName, 'crun');
      const id = pod.status?.containerStatuses?.[0]?.containerID?.replace(/^.*\//, '') ?? '';
      assert.ok(existsSync(join(runtimeState('gpu-a'), 'k8s.io', id)), `crun knows nothing of ${id}`);
    });

    it("bears the user's taints beside that of the GPUs", () => {
      const keys = (pod.spec?.tolerations ?? []).map(({ key }) => key);
      assert.ok(keys.includes('example.com/users-own'));
      assert.ok(keys.includes('nvidia.com/gpu'));
    });

    it("narrows the user's affinity and does not widen it", () => {
      const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
      assert.equal(terms?.length, 1);
      const demanded = terms[0]?.matchExpressions?.map(({ key }) => key);
      assert.deepEqual(demanded?.slice(0, 1), ['topology.kubernetes.io/zone']);
      assert.ok(demanded.includes('nvidia.com/gpu.family'));
      assert.ok(demanded.includes('nvidia.com/gpu.memory'));
    });
  });

  describe('of members without a GPU', () => {
    const onGpuNode = { nodeSelector: { [hostname]: 'gpu-a' }, tolerations: [gpuTaint] };

    it('avoids the node with GPUs, although they bear its taint, and says so', async () => {
      await apply(at(), kafkas, 'avoid', { pools: [singleKafka()], placement: onGpuNode });
      await untilService(at(), kafkas, 'avoid', (seen) =>
        assertStalled(seen, 'StepFailed', /avoid-kafka-0.*no node fits/),
      );
      assert.equal((await read(at(), pods, 'avoid-kafka-0')).spec?.nodeName, undefined);
    });

    it('goes there when it is told to ignore GPUs', async () => {
      await apply(at(), kafkas, 'avoid', { pools: [singleKafka()], placement: { ...onGpuNode, gpuNodes: 'Ignore' } });
      assert.deepEqual(await nodesOfService(at(), 'avoid'), ['gpu-a']);
      await deleteService(at(), 'avoid');
    });

    it('prefers the other nodes when it is told so, and waits for none', async () => {
      const zone = { nodeSelector: { 'topology.kubernetes.io/zone': 'a' }, tolerations: [gpuTaint] };
      const pool = singleKafka({ replicas: 2 });
      await apply(at(), kafkas, 'prefer', { pools: [pool], placement: { ...zone, gpuNodes: 'PreferAvoid' } });
      assert.deepEqual(await nodesOfService(at(), 'prefer', 2), ['data-a', 'gpu-a']);
      await deleteService(at(), 'prefer');
    });

    it('takes no node but one with GPUs when it is told to', async () => {
      await apply(at(), kafkas, 'require', { pools: [singleKafka()], placement: { gpuNodes: 'Require' } });
      assert.deepEqual(await nodesOfService(at(), 'require'), ['gpu-a']);
      await deleteService(at(), 'require');
    });
  });

  describe('over nodes and zones', () => {
    it('never puts two members on one node, and says who has none', async () => {
      await apply(at(), kafkas, 'apart', { pools: [{ ...singleKafka({ replicas: 4 }), ...smallKafka }] });
      await untilService(at(), kafkas, 'apart', (seen) =>
        assertStalled(seen, 'StepFailed', /apart-kafka-\d.*no node fits/),
      );
      assert.deepEqual(await nodesOfService(at(), 'apart', 3), ['data-a', 'data-b', 'data-c']);
      await deleteService(at(), 'apart');
    });

    it('fills zones evenly where that is required, also when nodes are shared', async () => {
      const placement = { zoneSpread: 'Required', membersPerNode: 'Any' };
      await apply(at(), kafkas, 'even', { pools: [singleKafka({ replicas: 6 })], placement });
      const nodes = await nodesOfService(at(), 'even', 6);
      assert.deepEqual(nodes, ['data-a', 'data-a', 'data-b', 'data-b', 'data-c', 'data-c']);
      await deleteService(at(), 'even');
    });

    it("keeps to the user's affinity", async () => {
      const placement = { affinity: nodesIn(hostname, ['data-c', 'gpu-a']), tolerations: [gpuTaint] };
      await apply(at(), kafkas, 'chosen', { pools: [singleKafka()], placement });
      assert.deepEqual(await nodesOfService(at(), 'chosen'), ['data-c']);
      await deleteService(at(), 'chosen');
    });

    it("takes the user's constraint in place of its own on the same key", async () => {
      const topologyKey = 'topology.kubernetes.io/zone';
      const labelSelector = { matchLabels: { 'example.com/app': 'x' } };
      const constraint = { maxSkew: 2, topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector };
      await apply(at(), kafkas, 'spread', {
        pools: [singleKafka()],
        placement: { topologySpreadConstraints: [constraint] },
      });
      const [pod] = await placed(at(), 'spread');
      assert.deepEqual(pod?.spec?.topologySpreadConstraints, [constraint]);
      await deleteService(at(), 'spread');
    });
  });
});

function nodesIn(key: string, values: string[]): object {
  const nodeSelectorTerms = [{ matchExpressions: [{ key, operator: 'In', values }] }];
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

/** Where crun keeps what it runs on a node of the native cluster. */
function runtimeState(name: string): string {
  const cluster = readCluster(folder);
  const node = cluster === undefined ? undefined : nodesOf(cluster).find(({ shape }) => shape.name === name);
  assert.ok(node, 'only the native cluster shows which runtime a container has: unset CLUSTER');
  return join(nodePaths.state(node), 'crun');
}
