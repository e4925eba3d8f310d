/** Members of one zone restart together, under an application. */
import assert from 'node:assert/strict';
import { nodes } from '../../operators/kube/resource.ts';
import { kafkas } from '../lib/resources.ts';
import { kafkaLoad, underLoad } from './lib/changes.ts';
import { usePlace } from './lib/place.ts';
import { groupLabel, identities, podsOf } from './lib/pods.ts';
import { apply, smallKafka, untilKafkaReady } from './lib/services.ts';

const name = 'racked';
const zoneLabel = 'topology.kubernetes.io/zone';

/** A controller of its own: what is asked is what becomes of the brokers, and six voters are slow to agree. */
function spec(memory: string): object {
  const controller = { name: 'controller', roles: ['Controller'], replicas: 1, ...smallKafka };
  const resources = { requests: { cpu: '100m', memory }, limits: { memory } };
  const broker = { name: 'broker', roles: ['Broker'], replicas: 5, ...smallKafka, resources };
  const updates = { maxUnavailablePerRack: 2 };
  return { pools: [controller, broker], placement: { membersPerNode: 'Any' }, updates };
}

describe('a KafkaCluster with two brokers in a zone', () => {
  const at = usePlace('racks');

  it('becomes Ready', async () => {
    await apply(at(), kafkas, name, spec('640Mi'));
    await untilKafkaReady(at(), name);
    const zones = [...(await zonesOf()).values()];
    const shares = ['a', 'b', 'c'].map((zone) => zones.filter((found) => found === zone).length);
    assert.deepEqual(shares.toSorted(), [1, 2, 2]);
  });

  it('restarts one of them, then those of a zone together, and keeps every record', async () => {
    const before = await identities(at(), name);
    const zones = await zonesOf();
    const change = async () => {
      await apply(at(), kafkas, name, spec('656Mi'));
      await untilKafkaReady(at(), name);
    };
    const watch = await underLoad(at(), kafkaLoad(at, name), change);
    const after = await identities(at(), name);
    for (const member of zones.keys()) assert.notEqual(after[member], before[member], member);
    const away = watch.states().map(({ down }) => down);
    assert.equal(away.find((down) => down.length > 0)?.length, 1, 'the first goes alone');
    assert.ok(
      away.some((down) => down.length === 2),
      'nobody went together',
    );
    for (const down of away) {
      assert.ok(down.length <= 2, down.join());
      assert.ok(new Set(down.map((member) => zones.get(member))).size <= 1, down.join());
    }
  });

  async function zonesOf(): Promise<Map<string, string | undefined>> {
    const { api, signal } = at();
    const { items } = await api.list(nodes, { signal });
    const zones = new Map(items.map(({ metadata }) => [metadata.name, metadata.labels?.[zoneLabel]]));
    const members = (await podsOf(at(), name)).filter(({ metadata }) => metadata.labels?.[groupLabel] === 'broker');
    return new Map(members.map(({ metadata, spec: pod }) => [metadata.name, zones.get(pod?.nodeName ?? '')]));
  }
});
