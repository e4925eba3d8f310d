/** A KafkaCluster in use gets smaller: members hand over what they have, and leave. */
import assert from 'node:assert/strict';
import { persistentVolumeClaims } from '../../operators/kube/resource.ts';
import { operationResource } from '../../operators/workload/operations/operations.ts';
import { retiredLabel } from '../../operators/workload/scale.ts';
import { kafkas } from '../lib/resources.ts';
import { assertStalled } from '../lib/services.ts';
import { assertNobodyDown, kafkaLoad, underLoad } from './lib/changes.ts';
import { stateward } from './lib/cli.ts';
import { describeAny } from './lib/kafka.ts';
import { until, usePlace } from './lib/place.ts';
import { identities } from './lib/pods.ts';
import { apply, list, read, singleKafka, smallKafka, untilKafkaReady, untilService } from './lib/services.ts';

const name = 'shrinking';
const extra = [1000, 1001].map((id) => `${name}-more-${id}`);
const [, last = ''] = extra;

function spec(more: number, all = 3): object {
  const pools = [singleKafka({ replicas: all }), { name: 'more', roles: ['Broker'], replicas: more, ...smallKafka }];
  return { placement: { membersPerNode: 'Any' }, pools };
}

describe('a KafkaCluster that gets smaller', () => {
  const at = usePlace('scale-in');
  const load = kafkaLoad(at, name);

  async function changeTo(wanted: object): Promise<void> {
    await apply(at(), kafkas, name, wanted);
    await untilKafkaReady(at(), name);
  }

  /** Nobody else notices. */
  async function leaves(members: string[], change: () => Promise<void>): Promise<void> {
    const before = await identities(at(), name);
    const watch = await underLoad(at(), load, change);
    assertNobodyDown(watch, members);
    const staying = Object.entries(before).filter(([member]) => !members.includes(member));
    assert.deepEqual(await identities(at(), name), Object.fromEntries(staying));
    const ids = members.map((member) => Number(member.split('-').at(-1)));
    const { brokers, quorum } = await describeAny(at(), name);
    const known = [...brokers, ...quorum.voters].filter(({ nodeId }) => ids.includes(nodeId));
    assert.deepEqual(known, [], 'still known to Kafka');
  }

  async function marked(): Promise<string[]> {
    const claims = await list(at(), persistentVolumeClaims);
    return claims
      .filter(({ metadata }) => metadata.labels?.[retiredLabel] === 'true')
      .map(({ metadata }) => metadata.name);
  }

  it('becomes Ready', async () => {
    await changeTo(spec(2));
  });

  it('says who would leave before it is asked to', async () => {
    const { apiVersion } = await read(at(), kafkas, name);
    const object = { apiVersion, kind: 'KafkaCluster', metadata: { name }, spec: spec(1) };
    const preview = await stateward(at(), ['plan', '--dry-run', '-f', '-'], 60_000, JSON.stringify(object));
    assert.match(preview, new RegExp(`${last} +leave +hands over`));
  });

  it('has the last member hand over its partitions, and keeps its volume', async () => {
    await leaves([last], () => changeTo(spec(1)));
    assert.deepEqual(await marked(), [`data-${last}`]);
    const { status } = await read(at(), kafkas, name);
    assert.ok(status?.retainedVolumes?.some(({ claim }) => claim === `data-${last}`));
    assert.ok(status?.history?.some((plan) => plan.name === 'decommission' && plan.outcome === 'Complete'));
  });

  it('starts no member on a volume that was left behind', async () => {
    await apply(at(), kafkas, name, spec(2));
    await untilService(at(), kafkas, name, (seen) => assertStalled(seen, 'StepFailed', /kubectl delete pvc data-/));
    await at().tools.kubectl(['delete', 'pvc', `data-${last}`, '-n', at().namespace]);
    await untilKafkaReady(at(), name);
    assert.ok(last in (await identities(at(), name)));
  });

  it('lets one go that is asked for, and keeps its place empty', async () => {
    await assert.rejects(stateward(at(), ['member', 'decommission', name, last]), /--yes/);
    await leaves([last], async () => {
      await stateward(at(), ['member', 'decommission', name, last, '--yes', '--wait'], 500_000);
      await untilKafkaReady(at(), name);
    });
    const [operation] = await list(at(), operationResource);
    assert.match(JSON.stringify(operation?.status?.conditions), /keeps the place of .* empty until the spec asks/);
    assert.equal(operation?.status?.finishedAt, undefined);
    await changeTo(spec(1));
    await until(at(), async () =>
      assert.ok((await list(at(), operationResource))[0]?.status?.finishedAt !== undefined),
    );
  });

  it('takes the vote of a controller before it goes', async () => {
    const leaver = `${name}-kafka-2`;
    await leaves([leaver], () => changeTo(spec(1, 2)));
    const { quorum } = await describeAny(at(), name);
    assert.deepEqual(quorum.voters.map(({ nodeId }) => nodeId).toSorted(), [0, 1]);
  });

  it('keeps what it cannot do without', async () => {
    const before = await identities(at(), name);
    await apply(at(), kafkas, name, spec(0, 2));
    await untilService(at(), kafkas, name, (seen) => assertStalled(seen, 'StepFailed', /2 brokers would be left/));
    assert.deepEqual(await identities(at(), name), before);
    await changeTo(spec(1, 2));
  });
});
