/** A CassandraCluster is changed while an application writes and reads. */
import assert from 'node:assert/strict';
import { persistentVolumeClaims } from '../../operators/kube/resource.ts';
import { isRetired } from '../../operators/workload/scale.ts';
import { cassandras } from '../lib/resources.ts';
import { assertStalled } from '../lib/services.ts';
import { stateOf } from './lib/cassandra.ts';
import { assertNobodyDown, assertOneDown, cassandraLoad, underLoad } from './lib/changes.ts';
import { stateward } from './lib/cli.ts';
import { usePlace } from './lib/place.ts';
import { identities } from './lib/pods.ts';
import { apply, list, read, smallCassandra, untilCassandraReady, untilService } from './lib/services.ts';

const name = 'changing';
const members = ['changing-r1-0', 'changing-r2-0', 'changing-r3-0'];
const racks = ['a', 'b', 'c'].map((zone, index) => ({ name: `r${index + 1}`, zone }));

function spec(rest: object = {}): object {
  return { version: '5.0.8', replicas: 3, racks, placement: { membersPerNode: 'Any' }, ...smallCassandra, ...rest };
}

describe('a CassandraCluster in use', () => {
  const at = usePlace('cassandra-changes');
  const load = cassandraLoad(at, name);

  async function changeTo(wanted: object): Promise<void> {
    await apply(at(), cassandras, name, wanted);
    await untilCassandraReady(at(), name);
  }

  async function restarted(before: Record<string, string>): Promise<string[]> {
    const after = await identities(at(), name);
    return members.filter((member) => after[member] !== before[member]);
  }

  it('becomes Ready', async () => {
    await changeTo(spec());
  });

  it('takes the image of the next version, one member after another', async () => {
    const before = await identities(at(), name);
    assertOneDown(await underLoad(at(), load, () => changeTo(spec({ version: '5.0.9' }))));
    assert.deepEqual(await restarted(before), members);
    assert.equal((await read(at(), cassandras, name)).status?.version, '5.0.9');
  });

  it('loses one member at most to a setting that Cassandra refuses, says why, and goes on with the right spec', async () => {
    const before = await identities(at(), name);
    const watch = await underLoad(at(), load, async () => {
      await apply(at(), cassandras, name, spec({ version: '5.0.9', config: { no_such_setting: 1 } }));
      await untilService(at(), cassandras, name, (seen) => assertStalled(seen, 'StepFailed', /no_such_setting/));
      assert.equal((await restarted(before)).length, 1);
      await changeTo(spec({ version: '5.0.9' }));
    });
    assertOneDown(watch);
  });

  it('builds a member anew, with the data of its peers', async () => {
    const [, second = ''] = members;
    const before = await stateOf(at(), second);
    const watch = await underLoad(at(), load, async () => {
      await stateward(at(), ['member', 'replace', name, second, '--yes', '--wait'], 800_000);
      await untilCassandraReady(at(), name);
    });
    assertOneDown(watch);
    const after = await stateOf(at(), second);
    assert.notEqual(after.hostId, before.hostId);
    for (const member of members) assert.equal((await stateOf(at(), member)).live.length, members.length);
  });

  it('takes one member more, and lets it go with what it has handed over', async () => {
    const fourth = 'changing-r1-1';
    await changeTo(spec({ version: '5.0.9', replicas: 4 }));
    const before = await identities(at(), name);
    assert.ok(fourth in before);
    const watch = await underLoad(at(), load, () => changeTo(spec({ version: '5.0.9' })));
    assertNobodyDown(watch, [fourth]);
    const { [fourth]: _gone, ...stay } = before;
    assert.deepEqual(await identities(at(), name), stay);
    for (const member of members) assert.equal((await stateOf(at(), member)).live.length, members.length);
    const claims = await list(at(), persistentVolumeClaims);
    assert.deepEqual(
      claims.filter(isRetired).map(({ metadata }) => metadata.name),
      [`data-${fourth}`],
    );
  });
});
