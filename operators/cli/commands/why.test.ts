import assert from 'node:assert/strict';
import { ApiError, ConnectionError } from '../../kube/api.ts';
import {
  type KubeObject,
  leases,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  type Resource,
  statefulSets,
  storageClasses,
} from '../../kube/resource.ts';
import { labelsOf } from '../../workload/identity.ts';
import { claimOf, podOf, readyPod, storageClassOf } from '../../workload/testing/objects.ts';
import { exit } from '../command.ts';
import { serviceResources } from '../services.ts';
import { type TestContext, testContext } from '../testing/context.ts';
import { operatorLabels } from '../why/checks/operator.ts';
import { gather } from '../why/gather.ts';
import { ago, identity, lease, memberNames, node, operatorPod, set } from '../why/testing/facts.ts';
import { SelectingApi } from '../why/testing/selecting-api.ts';
import { why } from './why.ts';

type Test = TestContext<SelectingApi>;

const labels = labelsOf(identity);
const kafka = serviceResources.KafkaCluster;

function labelled<T extends KubeObject>(object: T, more: Record<string, string> = labels): T {
  return { ...object, metadata: { ...object.metadata, labels: more } };
}

/** Three members, of which the third is as given, one node, and an operator that leads; and another team's pods. */
async function cluster(third = readyPod('demo-kafka-2'), format: 'text' | 'json' = 'text'): Promise<Test> {
  const test = testContext({ api: new SelectingApi(), format });
  const context = { ...test.context, namespace: 'ns' };
  const { api } = test;
  const make = <T extends KubeObject>(resource: Resource<T>, ...objects: T[]) =>
    Promise.all(objects.map((object) => api.create(resource, object)));
  const members = memberNames.map((name) => ({
    name,
    group: 'kafka',
    ready: true,
    state: 'Ready',
    roles: ['Controller'],
  }));
  await make(kafka, {
    apiVersion: identity.apiVersion,
    kind: 'KafkaCluster',
    metadata: { name: 'demo', namespace: 'ns', generation: 3 },
    status: { observedGeneration: 3, members },
  });
  await make(statefulSets, labelled(set()));
  await make(pods, ...memberNames.slice(0, 2).map((name) => labelled(readyPod(name))), labelled(third));
  await make(pods, labelled(operatorPod(), operatorLabels), readyPod('other', { labels: { app: 'other' } }));
  await make(persistentVolumeClaims, ...memberNames.map((name) => claimOf(`data-${name}`, identity)));
  await make(storageClasses, storageClassOf('fast'));
  await make(nodes, node('node-a'), node('node-b', { cordoned: true }), node('node-c', { cordoned: true }));
  await make(leases, lease(3), { ...lease(1), metadata: { name: 'node-a', namespace: 'kube-node-lease' } });
  return { ...test, context, run: (command, positionals = []) => run(test, command, positionals) };
}

function run(test: Test, command: typeof why, positionals: readonly string[]): Promise<number> {
  Object.assign(test.written, { out: '', err: '' });
  const args = { positionals, has: () => false, text: () => undefined, texts: () => [] };
  return command.run({ ...test.context, namespace: 'ns' }, args);
}

const unplaced = podOf('demo-kafka-2', {
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node' }],
});

function forbid(test: Test, key: string): void {
  test.api.before = (call) => {
    if (call.verb === 'list' && call.key.startsWith(key)) throw new ApiError(403, 'Forbidden', `${key} is forbidden`);
  };
}

describe('why', () => {
  it('passes a service that is well', async () => {
    const { run, written } = await cluster();
    assert.equal(await run(why, ['demo']), exit.ok);
    assert.equal(
      written.out,
      `PASS    operator  stateward-1 leads, by lease stateward-system/stateward, renewed 3s ago
PASS    spec      generation 3 is accepted
PASS    hold      nothing is paused
PASS    plan      there is no plan yet
PASS    pods      3 pods there
PASS    placement 3 members on 1 node
PASS    volumes   3 claims bound
PASS    image     no image is missing
PASS    process   none has ended in the last hour
PASS    readiness 3 members ready
PASS    quorum    3 of 3 controllers ready, 2 needed
UNKNOWN evictions no PodDisruptionBudget is about these members yet

nothing FAILs; 1 of 12 findings are UNKNOWN
`,
    );
  });

  it('says of a pod without a node what stands against each node, and what to do', async () => {
    const test = await cluster(unplaced);
    assert.equal(await test.run(why, ['demo', 'kafka-2']), exit.failure);
    const lines = test.written.out.split('\n');
    const from = lines.findIndex((line) => line.includes('placement'));
    assert.deepEqual(lines.slice(from, from + 3), [
      'FAIL    placement demo-kafka-2 has no node; the scheduler says: no node',
      '                  node-b, node-c: is cordoned',
      '                  fix: node-a would do by taints, labels, volumes and free resources: look at spread constraints and at the scheduler',
    ]);
    assert.match(test.written.out, /\n1 of \d+ findings FAIL\n$/);
  });

  it('looks at one member only where one is named', async () => {
    const test = await cluster(unplaced);
    assert.equal(await test.run(why, ['demo', 'demo-kafka-0']), exit.ok);
    assert.match(test.written.out, /PASS +placement 1 member on 1 node\n/);
  });

  it('refuses a member that there is not', async () => {
    const test = await cluster();
    assert.equal(await test.run(why, ['demo', 'kafka-7']), exit.failure);
    assert.equal(test.written.err, `demo has no member kafka-7; it has: ${memberNames.join(', ')}\n`);
  });

  it('answers programs with the findings', async () => {
    const test = await cluster(readyPod('demo-kafka-2'), 'json');
    await test.run(why, ['demo']);
    const findings: unknown = JSON.parse(test.written.out);
    assert.ok(Array.isArray(findings));
    assert.deepEqual(findings[1], { verdict: 'Pass', concern: 'spec', finding: 'generation 3 is accepted' });
  });

  it('does not take what it may not read for absent', async () => {
    const test = await cluster();
    forbid(test, 'persistentvolumeclaims');
    assert.equal(await test.run(why, ['demo']), exit.ok);
    assert.match(test.written.out, /UNKNOWN volumes +claims are not to be seen: persistentvolumeclaims is forbidden\n/);
  });

  it('does not take a lost connection for a finding', async () => {
    const test = await cluster();
    test.api.before = ({ key }) => {
      if (key.startsWith('events')) throw new ConnectionError('GET /events: ECONNRESET', { unsent: false });
    };
    await assert.rejects(test.run(why, ['demo']), /ECONNRESET/);
  });
});

describe('gather', () => {
  async function gathered(test: Test) {
    const service = await test.api.read(kafka, { namespace: 'ns', name: 'demo' });
    assert.ok(service !== undefined);
    test.api.calls.length = 0;
    return gather(test.context, service);
  }

  it('reads every page, and only what is of the service', async () => {
    const facts = await gathered(await cluster());
    assert.deepEqual(
      facts.members.map(({ name, pod, claims, set: ofSet }) => [
        name,
        pod?.metadata.name,
        claims.length,
        ofSet?.metadata.name,
      ]),
      memberNames.map((name) => [name, name, 1, 'demo-kafka']),
    );
    assert.equal(facts.nodes.ok && facts.nodes.items.length, 3);
    assert.deepEqual(facts.leases.ok && facts.leases.items.map(({ metadata }) => metadata.name), ['stateward']);
  });

  it('reads all pods and volumes only where a pod has no node', async () => {
    const quiet = await cluster();
    await gathered(quiet);
    assert.ok(!quiet.api.calls.some(({ key }) => key.startsWith('persistentvolumes/')));
    const stuck = await cluster(unplaced);
    await stuck.api.create(persistentVolumes, {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'pv-data-demo-kafka-2' },
    });
    const facts = await gathered(stuck);
    assert.deepEqual(facts.volumes.ok && facts.volumes.items.map(({ metadata }) => metadata.name), [
      'pv-data-demo-kafka-2',
    ]);
    assert.equal(facts.neighbours.ok && facts.neighbours.items.length, 5);
  });

  it('looks for the lease everywhere where the operator has no pod', async () => {
    const test = await cluster();
    const operator = await test.api.read(pods, { namespace: 'stateward-system', name: 'stateward-1' });
    await test.api.remove(
      pods,
      { namespace: 'stateward-system', name: 'stateward-1' },
      { preconditions: { uid: operator?.metadata.uid ?? '' } },
    );
    const facts = await gathered(test);
    assert.equal(facts.leases.ok && facts.leases.items.length, 2);
    assert.equal(facts.leases.ok && facts.leases.items[0]?.spec?.renewTime, ago(3));
  });

  it('keeps what may not be read as unknown', async () => {
    const test = await cluster();
    forbid(test, 'nodes');
    const facts = await gathered(test);
    assert.deepEqual(facts.nodes, { ok: false, why: 'nodes is forbidden' });
    assert.equal(facts.pods.ok, true);
  });
});
