/** Secrets that people write badly, or damage: told by name, or made good, and nothing that runs notices. */
import assert from 'node:assert/strict';
import { userResource } from '../../operators/kafka/users/user.ts';
import { type Secret, secrets } from '../../operators/kube/resource.ts';
import { recordOf } from '../../operators/workload/certificates/secrets.ts';
import { passwordLabel } from '../../operators/workload/entities/password.ts';
import { conditionOf } from '../corpus/condition.ts';
import { damages, passwords, superusers, type Texts } from '../corpus/secrets.ts';
import { assertReady, converge, services } from './operator/converge.ts';
import { deploy } from './operator/deploy.ts';
import { Operator } from './operator/operator.ts';
import { eachOf, restarts } from './operator/roll.ts';
import { cassandra, combinedKafka } from './shapes.ts';
import { namespace, user, World } from './world/world.ts';

const day = 86_400_000;

function encoded(texts: Texts): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}

function putSecret(world: World, name: string, texts: Texts, labels: Record<string, string> = {}): void {
  const ref = { namespace, name };
  const made: Secret = { apiVersion: 'v1', kind: 'Secret', metadata: ref };
  if (world.server.get(secrets, ref) === undefined) world.server.create(user, secrets, made);
  world.server.modify(user, secrets, ref, (live) => ({
    ...live,
    metadata: { ...live.metadata, labels: { ...live.metadata.labels, ...labels } },
    data: encoded(texts),
  }));
}

const forPasswords = { [passwordLabel]: 'true' };

describe('the password of a KafkaUser', () => {
  it('that is none is told to its owner, and holds up none of the others', async () => {
    const { world, operator } = await deploy(combinedKafka);
    const ready = (name: string) => conditionOf(world.server.get(userResource, { namespace, name }), 'Ready');
    for (const [index, { data, key = 'password', labels = forPasswords }] of passwords.entries()) {
      putSecret(world, `given-${index}`, data, labels);
      const passwordFrom = { name: `given-${index}`, key };
      world.put('KafkaUser', `bad-${index}`, { cluster: 'demo', authentication: { passwordFrom } });
    }
    world.put('KafkaUser', 'good', { cluster: 'demo' });
    await converge(world, operator);
    for (const [index, { what, says }] of passwords.entries()) assert.match(ready(`bad-${index}`), says, what);
    assert.match(ready('good'), /^True/);
    assert.deepEqual([...world.kafka.users.passwords.keys()], ['good']);
    for (const [index, { key = 'password' }] of passwords.entries())
      putSecret(world, `given-${index}`, { [key]: 'right' }, forPasswords);
    world.pass(60_000);
    await converge(world, operator);
    const wrong = passwords.filter((_, index) => !ready(`bad-${index}`).startsWith('True')).map(({ what }) => what);
    assert.deepEqual(wrong, []);
    assert.deepEqual(operator.errors, []);
    assertReady(world);
  });
});

describe('the superuser of a new Cassandra', () => {
  it('that cannot be one is told before anything is made, and the right one goes on', async () => {
    const world = new World();
    const operator = new Operator(world);
    world.put('CassandraCluster', 'ring', { superuserSecretName: 'given' });
    for (const { what, data, says } of superusers) {
      if (data !== undefined) putSecret(world, 'given', data);
      await converge(world, operator);
      assert.match(conditionOf(services(world)[0], 'Stalled'), says, what);
      assert.deepEqual(
        world.server.everything().filter(({ kind }) => kind === 'Pod'),
        [],
      );
    }
    assert.deepEqual(operator.errors, []);
    world.put('CassandraCluster', 'ring', {});
    await converge(world, operator);
    assertReady(world);
  });
});

describe('the CA of a running service', () => {
  for (const [shape, name] of [
    [combinedKafka, 'demo-kafka-ca-key'],
    [cassandra, 'ring-cassandra-ca-key'],
  ] as const)
    it(`${shape.name}: however it is damaged, another takes its place, and no member is taken down`, async () => {
      const { world, operator } = await deploy(shape);
      for (const { what, damage } of damages) {
        const stored = world.server.get(secrets, { namespace, name })?.data ?? {};
        const plain = Object.entries(stored).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]);
        putSecret(world, name, await damage(Object.fromEntries(plain), world.clock.now()));
        await converge(world, operator);
        world.pass(2 * day);
        await converge(world, operator);
        assert.deepEqual(operator.errors, [], what);
        const record = recordOf(world.server.get(secrets, { namespace, name }));
        assert.ok(record?.signer.key, what);
        assert.deepEqual([record.next, record.former], [undefined, undefined], what);
        assertReady(world);
      }
      assert.deepEqual(restarts(world), eachOf(world, 0));
    });
});

describe('the labels of a Secret', () => {
  /** Whoever watches by a label takes it for gone. */
  const unlabel = ({ server }: World, name: string): Secret['metadata']['labels'] => {
    const before = server.get(secrets, { namespace, name })?.metadata.labels;
    assert.ok(before, name);
    server.modify(user, secrets, { namespace, name }, (live) => ({
      ...live,
      metadata: { ...live.metadata, labels: {} },
    }));
    return before;
  };

  for (const [shape, name] of [
    [combinedKafka, 'demo-kafka-ca-key'],
    [combinedKafka, 'demo-kafka-tls'],
    [cassandra, 'ring-cassandra-ca-key'],
    [cassandra, 'ring-r1-tls'],
  ] as const)
    it(`${name}: are put back, certificates are renewed by it, and no member is taken down`, async () => {
      const { world, operator } = await deploy(shape);
      const labels = unlabel(world, name);
      await converge(world, operator);
      world.pass(61 * day);
      await converge(world, operator);
      assert.deepEqual(operator.errors, []);
      assert.deepEqual(world.server.get(secrets, { namespace, name })?.metadata.labels, labels);
      assertReady(world);
      assert.deepEqual(restarts(world), eachOf(world, 0));
    });

  for (const [shape, kind, cluster, name] of [
    [combinedKafka, 'KafkaUser', 'demo', 'shop-kafka-user'],
    [cassandra, 'CassandraRole', 'ring', 'shop-cassandra-role'],
  ] as const)
    it(`${name}: are put back, and the password stays`, async () => {
      const { world, operator } = await deploy(shape);
      world.put(kind, 'shop', { cluster });
      await converge(world, operator);
      const { data } = world.server.get(secrets, { namespace, name }) ?? {};
      const labels = unlabel(world, name);
      world.pass(60_000);
      await converge(world, operator);
      assert.deepEqual(operator.errors, []);
      const after = world.server.get(secrets, { namespace, name });
      assert.deepEqual([after?.metadata.labels, after?.data], [labels, data]);
    });
});
