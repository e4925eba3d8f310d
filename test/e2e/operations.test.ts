/** The verbs of `kubectl stateward` on a KafkaCluster in use. */
import assert from 'node:assert/strict';
import { persistentVolumeClaims } from '../../operators/kube/resource.ts';
import { kafkas } from '../lib/resources.ts';
import { assertOneDown, kafkaLoad, underLoad } from './lib/changes.ts';
import { stateward } from './lib/cli.ts';
import { describeAny } from './lib/kafka.ts';
import { usePlace } from './lib/place.ts';
import { exec, identities } from './lib/pods.ts';
import { apply, read, singleKafka, untilKafkaReady, untilService } from './lib/services.ts';

const name = 'ops';
const members = [0, 1, 2].map((id) => `${name}-kafka-${id}`);
const [first = '', second = '', third = ''] = members;

describe('kubectl stateward', () => {
  const at = usePlace('operations');
  const load = kafkaLoad(at, name);

  const say = (...args: string[]) => stateward(at(), args);

  async function changed(before: Record<string, string>): Promise<string[]> {
    const after = await identities(at(), name);
    return members.filter((member) => after[member] !== before[member]);
  }

  it('waits for a service and shows it', async () => {
    await apply(at(), kafkas, name, { pools: [singleKafka({ replicas: 3 })] });
    await say('wait', name, '--timeout', '5m');
    assert.match(await say(), new RegExp(`${name}.*True.*4\\.3\\.1.*3/3.*deploy Complete`));
    assert.match(await say('plan', 'show', name), /deploy \(parallel strategy\) \(Complete\)\n├─ kafka/);
    assert.match(await say('endpoints', name), /ops-kafka-0\.[\w-]+\.svc/);
    for (const member of members) assert.match(await say('members', name), new RegExp(member));
    assert.match(await say('why', name), /PASS/);
    assert.doesNotMatch(await say('why', name), /FAIL/);
  });

  it('says what a change would do, and does nothing', async () => {
    const before = await read(at(), kafkas, name);
    const preview = async (spec: object) => {
      const object = { apiVersion: before.apiVersion, kind: 'KafkaCluster', metadata: { name }, spec };
      return stateward(at(), ['plan', '--dry-run', '-f', '-'], 60_000, JSON.stringify(object));
    };
    const pools = [singleKafka({ replicas: 3 })];
    assert.match(
      await preview({ pools, config: { 'queued.max.requests': '600' } }),
      /ops-kafka-0 +restart +spec\.config/,
    );
    assert.match(await preview({ pools, config: { 'log.retention.ms': '600000' } }), /ops-kafka-0 +no restart/);
    assert.equal((await read(at(), kafkas, name)).metadata.generation, before.metadata.generation);
  });

  it('restarts one member, and then all', async () => {
    const before = await identities(at(), name);
    const watch = await underLoad(at(), load, async () => {
      await say('member', 'restart', name, second, '--wait');
      assert.deepEqual(await changed(before), [second]);
      await say('service', 'restart', name, '--wait');
      assert.deepEqual(await changed(before), members);
    });
    assertOneDown(watch);
    await untilKafkaReady(at(), name);
    const once = watch.states().flatMap(({ down }) => down);
    assert.deepEqual(once.toSorted(), [first, second, second, third]);
  });

  it('pauses a plan, lets one step through, and resumes it', async () => {
    const before = await identities(at(), name);
    await say('plan', 'pause', name, 'deploy');
    await apply(at(), kafkas, name, {
      pools: [singleKafka({ replicas: 3 })],
      config: { 'queued.max.requests': '700' },
      control: { paused: ['deploy'] },
    });
    await untilService(at(), kafkas, name, ({ status }) => {
      assert.match(JSON.stringify(status?.plans), /paused by spec\.control\.paused: deploy/);
    });
    assert.deepEqual(await changed(before), []);
    await say('plan', 'step', name, 'deploy');
    await untilService(at(), kafkas, name, ({ status }) => {
      const deploy = status?.plans?.find((plan) => plan.name === 'deploy');
      const steps = deploy?.phases.flatMap((phase) => phase.steps) ?? [];
      const restarts = steps.filter(({ name: step }) => step.endsWith('[restart]'));
      assert.equal(restarts.filter(({ status: done }) => done === 'Complete').length, 1, JSON.stringify(restarts));
    });
    assert.equal((await changed(before)).length, 1);
    await say('plan', 'resume', name, 'deploy');
    await untilKafkaReady(at(), name);
    assert.deepEqual(await changed(before), members);
    assert.match(await say('plan', 'history', name), /deploy.*Complete/);
  });

  it('keeps a member down with its volume at hand, and gives it back', async () => {
    const watch = await underLoad(at(), load, async () => {
      await say('member', 'pause', name, first, '--wait');
      assert.match(await exec(at(), first, ['ls', '/var/lib/kafka/data/log']), /meta\.properties/);
      assert.match(await say('members', name), new RegExp(`${first}.*Paused`));
      await say('member', 'resume', name, first);
      await untilKafkaReady(at(), name);
    });
    assertOneDown(watch);
  });

  it('builds a member anew: another volume, another directory, a vote again', async () => {
    const claim = async () => (await read(at(), persistentVolumeClaims, `data-${third}`)).metadata.uid;
    const [before, quorumBefore] = [await claim(), (await describeAny(at(), name)).quorum];
    const watch = await underLoad(at(), load, async () => {
      await assert.rejects(say('member', 'replace', name, third), /--yes/);
      await say('member', 'replace', name, third, '--yes', '--wait');
      await untilKafkaReady(at(), name);
    });
    assertOneDown(watch);
    assert.notEqual(await claim(), before);
    const { quorum } = await describeAny(at(), name);
    assert.deepEqual(quorum.voters.map(({ nodeId }) => nodeId).toSorted(), [0, 1, 2]);
    const directory = ({ voters }: typeof quorum) => voters.find(({ nodeId }) => nodeId === 2)?.directoryId;
    assert.notEqual(directory(quorum), directory(quorumBefore));
  });

  it('goes back to an earlier configuration', async () => {
    const history = await say('config', 'history', name, '-o', 'json');
    const revisions: { revision: number }[] = JSON.parse(history);
    const oldest = Math.min(...revisions.map(({ revision }) => revision));
    assert.match(await say('config', 'diff', name, String(oldest)), /queued\.max\.requests/);
    await say('config', 'rollback', name, '--to', String(oldest));
    await untilKafkaReady(at(), name);
    assert.doesNotMatch(JSON.stringify((await read(at(), kafkas, name)).spec), /queued\.max\.requests/);
  });
});
