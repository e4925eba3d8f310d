/** Members of one zone restart together, under an application. */
import assert from 'node:assert/strict';
import { nodes } from '../../operators/kube/resource.ts';
import { kafkas } from '../lib/resources.ts';
import { kafkaLoad, underLoad } from './lib/changes.ts';
import { usePlace } from './lib/place.ts';
import { identities, podsOf } from './lib/pods.ts';
import { apply, smallKafka, untilKafkaReady } from './lib/services.ts';

const name = 'racked';
const zoneLabel = 'topology.kubernetes.io/zone';

function spec(config: Record<string, string> = {}): object {
  const pool = { name: 'kafka', roles: ['Controller', 'Broker'], replicas: 6, ...smallKafka };
  return { pools: [pool], placement: { membersPerNode: 'Any' }, updates: { maxUnavailablePerRack: 2 }, config };
}

describe('a KafkaCluster with two members in each zone', () => {
  const at = usePlace('racks');

  it('becomes Ready', async () => {
    await apply(at(), kafkas, name, spec());
    await untilKafkaReady(at(), name);
    const zones = [...(await zonesOf()).values()];
    assert.deepEqual(zones.toSorted(), ['a', 'a', 'b', 'b', 'c', 'c']);
  });

  it('restarts one of them, then those of a zone together, and keeps every record', async () => {
    const before = await identities(at(), name);
    const zones = await zonesOf();
    const change = async () => {
      await apply(at(), kafkas, name, spec({ 'queued.max.requests': '600' }));
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
    const members = await podsOf(at(), name);
    return new Map(members.map(({ metadata, spec: pod }) => [metadata.name, zones.get(pod?.nodeName ?? '')]));
  }
});
