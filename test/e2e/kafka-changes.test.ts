/** A KafkaCluster is changed while an application writes and reads. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { clusterLookup } from '../../hack/clients/dns.ts';
import { accessBy, createTopic, kafkaClient } from '../../hack/clients/kafka.ts';
import { pods, secrets } from '../../operators/kube/resource.ts';
import { kafkas } from '../lib/resources.ts';
import { assertStalled, conditionOf, isReady } from '../lib/services.ts';
import { assertNobodyDown, assertOneDown, kafkaLoad, underLoad } from './lib/changes.ts';
import { stateward } from './lib/cli.ts';
import { cluster } from './lib/cluster.ts';
import { acls, clientOf, endpointsOf, impatient, userOf, watchLeader } from './lib/kafka.ts';
import { crashLeader, withOperators } from './lib/operator.ts';
import { until, usePlace } from './lib/place.ts';
import { deletePod, evict, identities, podsOf } from './lib/pods.ts';
import { assertGuarded } from './lib/ports.ts';
import { apply, read, smallKafka, untilKafkaReady, untilService } from './lib/services.ts';

const name = 'changing';
const members = [0, 1, 2].map((id) => `${name}-kafka-${id}`);

const secure = { name: 'secure', port: 9093 };
const plain = { name: 'plain', port: 9092, tls: false, authentication: 'None' };
const inner = { name: 'inner', port: 9094 };
const ports = { operator: [9090, 9091], members: [9090, 9091] };
const doors = { listeners: [secure, plain], authorization: { superUsers: ['ANONYMOUS'] } };

/** A user from the time when nobody was asked for ACLs. */
const shop = 'shop';
const named = { authorization: { superUsers: ['ANONYMOUS', shop] } };

function spec({ memory = '640Mi', size = '1Gi', pool = {}, ...rest }: Record<string, unknown> = {}): object {
  const resources = { requests: { cpu: '100m', memory }, limits: { memory } };
  const storage = { volumes: [{ name: 'data', size }] };
  const all = { name: 'kafka', roles: ['Controller', 'Broker'], ...smallKafka, resources, storage, ...Object(pool) };
  return { version: '4.2.1', pools: [all], ...doors, ...rest };
}

describe('a KafkaCluster in use', () => {
  const at = usePlace('kafka-changes');
  const load = kafkaLoad(at, name);

  /** Applies the spec and waits until it is so. */
  async function changeTo(wanted: object): Promise<void> {
    await apply(at(), kafkas, name, wanted);
    await untilKafkaReady(at(), name);
  }

  async function restarted(before: Record<string, string>): Promise<string[]> {
    const after = await identities(at(), name);
    return members.filter((member) => after[member] !== before[member]);
  }

  const shopLoad = kafkaLoad(at, name, async () => {
    const { data = {} } = await read(at(), secrets, `${shop}-kafka-user`);
    return { ...accessBy(data), lookup: clusterLookup(cluster.kubeconfig) };
  });

  it('becomes Ready', async () => {
    await changeTo(spec({ authorization: { mode: 'None' } }));
    await userOf(at(), shop, { cluster: name });
  });

  it('restarts to ask for ACLs, one member after another, the active controller last; who is named goes on', async () => {
    const before = await identities(at(), name);
    const leaders = watchLeader(at(), name);
    const watch = await underLoad(at(), shopLoad, async () => {
      await apply(at(), kafkas, name, spec(named));
      await userOf(at(), shop, { cluster: name, acls });
      await untilKafkaReady(at(), name);
    });
    await leaders.stop();
    assertOneDown(watch);
    assert.deepEqual(await restarted(before), members);
    const taken = watch.states().filter(({ down }) => down.length > 0);
    for (const { at: time, down } of taken.slice(0, -1))
      assert.notEqual(`${name}-kafka-${leaders.before(time)}`, down[0], 'the active controller went before others');
    const stranger = kafkaClient(await userOf(at(), 'stranger', { cluster: name }), impatient);
    await assert.rejects(
      createTopic(stranger, { topic: 'none', partitions: 1, replicas: 3 }),
      ({ errors: [first] }) => first.type === 'TOPIC_AUTHORIZATION_FAILED',
    );
  });

  it('takes a setting over without a restart, and gives it back', async () => {
    const before = await identities(at(), name);
    await changeTo(spec({ ...named, config: { 'log.retention.ms': '7200000', 'num.io.threads': '20' } }));
    assert.equal(await settingOf('log.retention.ms'), '7200000');
    assert.equal(await settingOf('num.io.threads'), '20');
    await changeTo(spec(named));
    assert.notEqual(await settingOf('log.retention.ms'), '7200000');
    assert.equal(await settingOf('num.io.threads'), '8');
    assert.deepEqual(await identities(at(), name), before);
  });

  it('takes an image of the next version, and other resources with it, and who was named has ACLs', async () => {
    const before = await identities(at(), name);
    const wanted = spec({ version: '4.3.1', memory: '672Mi' });
    assertOneDown(await underLoad(at(), shopLoad, () => changeTo(wanted)));
    assert.deepEqual(await restarted(before), members);
    assert.equal((await read(at(), kafkas, name)).status?.version, '4.3.1');
    for (const pod of await podsOf(at(), name))
      assert.equal(pod.spec?.containers[0]?.resources?.limits?.['memory'], '672Mi');
  });

  for (const [what, bad, words] of [
    ['an image that is not there', { image: 'docker.io/stateward/kafka:none' }, /image of/],
    ['an option that java does not know', { pool: { jvm: { options: ['-XX:+NoSuchOption'] } } }, /NoSuchOption/],
    ['a setting that Kafka refuses', { config: { 'queued.max.requests': 'many' } }, /queued\.max\.requests/],
  ] as const) {
    it(`loses one member at most to ${what}, says why, and goes on with the right spec`, async () => {
      const good = spec({ version: '4.3.1' });
      const before = await identities(at(), name);
      const watch = await underLoad(at(), load, async () => {
        await apply(at(), kafkas, name, spec({ version: '4.3.1', ...bad }));
        const stalled = await untilService(at(), kafkas, name, (seen) => assertStalled(seen, 'StepFailed', words));
        assert.equal(conditionOf(stalled, 'Ready')?.status, 'False');
        assert.equal((await restarted(before)).length, 1);
        await changeTo(good);
      });
      assertOneDown(watch);
    });
  }

  it('grows its volumes while they are written to', async () => {
    const before = await identities(at(), name);
    const watch = await underLoad(at(), load, () => changeTo(spec({ version: '4.3.1', size: '2Gi' })));
    assertNobodyDown(watch);
    assert.deepEqual(await identities(at(), name), before);
  });

  it('gets a deleted member back', async () => {
    const watch = await underLoad(at(), load, async () => {
      await deletePod(at(), members[1] ?? '');
      await untilKafkaReady(at(), name);
    });
    assertOneDown(watch);
  });

  it('rolls on while the operator is killed again and again', async () => {
    const before = await identities(at(), name);
    let rolls = 0;
    const rollAgain = async () => {
      rolls += 1;
      const config = { 'queued.max.requests': String(700 + rolls) };
      await apply(at(), kafkas, name, spec({ version: '4.3.1', size: '2Gi', config }));
    };
    const crashes = async () => {
      for (let kill = 0; kill < 20; kill += 1) {
        // One roll is seldom over so soon, but every kill is to fall into one.
        if (await isAtRest()) await rollAgain();
        // The moment itself is what varies: between any two writes of the operator.
        await delay(Math.random() * 2_000, undefined, { signal: at().signal });
        await crashLeader(at());
      }
      await untilKafkaReady(at(), name);
    };
    const watch = await underLoad(at(), load, () => withOperators(at(), 4, crashes));
    assertOneDown(watch);
    assert.deepEqual(await restarted(before), members);
    const once = watch.states().flatMap(({ down }) => down);
    const expected = members.flatMap((member) => Array.from({ length: rolls }, () => member));
    assert.deepEqual(once.toSorted(), expected, 'each member once a roll');
  });

  async function isAtRest(): Promise<boolean> {
    const service = await read(at(), kafkas, name);
    return isReady(service) && service.status?.observedGeneration === service.metadata.generation;
  }

  it('lets one eviction through, and the next when every replica is in sync again', async () => {
    const [first = '', second = ''] = members;
    const watch = await underLoad(at(), load, async () => {
      assert.ok(await evict(at(), first));
      assert.equal(await evict(at(), second), false);
      await until(at(), async () => assert.ok(await evict(at(), second)), { everyMs: 200 });
      const pod = await read(at(), pods, first);
      assert.ok(pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'));
      await untilKafkaReady(at(), name);
    });
    assertOneDown(watch);
  });

  it('lets clients without TLS go on while a listener with TLS and passwords takes the place of theirs', async () => {
    const lookup = clusterLookup(cluster.kubeconfig);
    const inClear = kafkaLoad(at, name, async () => ({ bootstrap: [], lookup }), 'plain');
    const before = await identities(at(), name);
    const wanted = spec({ version: '4.3.1', size: '2Gi', listeners: [secure, inner], authorization: {} });
    assertOneDown(await underLoad(at(), inClear, () => changeTo(wanted)));
    assert.deepEqual(await restarted(before), members);
    const [leaving] = (await endpointsOf(at(), name)).filter(({ leavingSince }) => leavingSince !== undefined);
    assert.equal(leaving?.name, 'plain');
    assert.ok(Date.parse(leaving.closesAt ?? '') > Date.now() + 23 * 3_600_000, leaving.closesAt);
    await assertGuarded(at(), name, {
      ...ports,
      open: [8778, 9090, 9091, 9092, 9093, 9094],
      clients: [9092, 9093, 9094],
    });
  });

  it('closes that listener once its clients have moved', async () => {
    const before = await identities(at(), name);
    const moved = kafkaLoad(at, name, undefined, 'inner');
    const watch = await underLoad(at(), moved, async () => {
      await stateward(at(), ['plan', 'force-complete', name, 'listeners', 'plain', 'clients:[move]']);
      await untilService(at(), kafkas, name, ({ status }) =>
        assert.deepEqual(
          status?.endpoints?.map((endpoint) => endpoint.name),
          ['secure', 'inner'],
        ),
      );
      await untilKafkaReady(at(), name);
    });
    assertOneDown(watch);
    assert.deepEqual(await restarted(before), members);
    await assertGuarded(at(), name, { ...ports, open: [8778, 9090, 9091, 9093, 9094], clients: [9093, 9094] });
  });

  async function settingOf(key: string): Promise<string | undefined> {
    const admin = (await clientOf(at(), name)).admin();
    await admin.connect();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 4, name: '0', configNames: [key] }],
    });
    await admin.disconnect();
    return resources[0]?.configEntries[0]?.configValue;
  }
});
