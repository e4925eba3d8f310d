import assert from 'node:assert/strict';
import type { KafkaClusterStatus } from '../../../crds/kafka-cluster.ts';
import type { KafkaUserSpecInput } from '../../../crds/kafka-user.ts';
import { createCache, type WatchSpec } from '../../kube/cache.ts';
import { writeThrough } from '../../kube/cached-api.ts';
import type { EventFields } from '../../kube/events.ts';
import { silentLog } from '../../kube/log.ts';
import { type KubeObject, pods, type Resource, type Secret, secrets } from '../../kube/resource.ts';
import { FakeClock } from '../../kube/testing/fake-clock.ts';
import { MemoryApi } from '../../kube/testing/memory-api.ts';
import { issuer } from '../../tls/issue.ts';
import { Identities } from '../../workload/certificates/access.ts';
import { authoritySecret } from '../../workload/certificates/secrets.ts';
import { type ServiceObject, serviceIndex, serviceIndexOf } from '../../workload/facts.ts';
import { labelsOf } from '../../workload/identity.ts';
import { serviceOf } from '../../workload/testing/services.ts';
import { kafkaResource } from '../index.ts';
import { brokerRoleLabel } from '../names.ts';
import { adminOf } from '../testing/kafka.ts';
import { MemoryUsers, memoryUserAdmin } from '../testing/memory-users.ts';
import { userFinalizer, userReconcile } from './reconcile.ts';
import { clusterIndex, clusterIndexOf, userResource } from './user.ts';

const service = serviceOf();
const { namespace, name: cluster, uid } = service;
const { apiVersion } = service;
const endpoint = {
  name: 'secure',
  dns: [],
  vip: 'demo-kafka.ns.svc:9093',
  port: 9093,
  tls: true,
  authentication: 'ScramSha512',
};
const read = { resource: { type: 'Topic' as const, name: 'orders' }, operations: ['Read' as const] };

const watches: WatchSpec[] = [
  { resource: userResource, indexes: { [clusterIndex]: clusterIndexOf } },
  { resource: kafkaResource },
  ...[pods, secrets].map((resource) => ({ resource, indexes: { [serviceIndex]: serviceIndexOf } })),
];

async function world() {
  const api = new MemoryApi();
  const clock = new FakeClock();
  const cache = createCache({ api, log: silentLog, clock, random: () => 0, freeze: true, watches });
  const kafka = new MemoryUsers();
  const told: EventFields[] = [];
  const admin = adminOf(memoryUserAdmin(async () => kafka));
  let bytes = 0;
  const io = {
    api: writeThrough(api, cache),
    cache,
    clock,
    events: { emit: (_: KubeObject, fields: EventFields) => void told.push(fields), run: async () => {} },
    randomBytes: (length: number) => {
      bytes += 1;
      return Buffer.alloc(length, bytes);
    },
    issuer,
  };
  const { signal } = new AbortController();
  const reconcile = userReconcile({ connect: () => admin, identities: new Identities(issuer) }, io);
  const put = async <T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> => {
    const stored = await api.apply(resource, object);
    cache.wrote(resource, stored);
    return stored;
  };
  const get = <T extends KubeObject>(resource: Resource<T>, name: string) => cache.get(resource, { namespace, name });
  return {
    api,
    io,
    kafka,
    told,
    put,
    get,
    signal,
    run: () => reconcile({ key: `${namespace}/${cluster}`, reconcileId: '', log: silentLog, signal }),
    user: (name: string, spec: Partial<KafkaUserSpecInput> = {}) =>
      put(userResource, {
        apiVersion,
        kind: 'KafkaUser',
        metadata: { namespace, name, generation: 1 },
        spec: { cluster, ...spec },
      }),
    ready: (name: string) => {
      const found = get(userResource, name)?.status?.conditions?.find(({ type }) => type === 'Ready');
      return found && [found.status, found.reason, found.message];
    },
    text: (name: string, key: string) => Buffer.from(get(secrets, name)?.data?.[key] ?? '', 'base64').toString('utf8'),
  };
}

type World = Awaited<ReturnType<typeof world>>;

async function withCluster(status: KafkaClusterStatus = { endpoints: [endpoint] }): Promise<World> {
  const made = await world();
  const object: ServiceObject<KafkaClusterStatus> = {
    apiVersion,
    kind: 'KafkaCluster',
    metadata: { namespace, name: cluster, uid },
    spec: {},
    status,
  };
  await made.put(kafkaResource, object);
  const validity = { notBefore: new Date(0), notAfter: new Date(Date.UTC(2100, 0, 1)) };
  const signer = await issuer.createAuthority('demo', validity);
  await made.put(secrets, authoritySecret(service, { signer }));
  await made.put(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name: 'demo-kafka-0', labels: { ...labelsOf(service), [brokerRoleLabel]: 'true' } },
    status: { podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] },
  });
  return made;
}

describe('the users of a KafkaCluster', () => {
  it('get a password, a Secret, their ACLs and their quotas', async () => {
    const { user, run, ready, kafka, text, get } = await withCluster();
    await user('ann', { acls: [read], quotas: { producerBytesPerSecond: 1000 } });
    await user('ben');
    await run();
    assert.deepEqual(ready('ann'), ['True', 'Applied', 'Kafka has the user as the spec says']);
    assert.deepEqual([...kafka.passwords.keys()].toSorted(), ['ann', 'ben']);
    assert.deepEqual(
      [...kafka.acls.values()].map(({ user: owner, name }) => [owner, name]),
      [['ann', 'orders']],
    );
    assert.deepEqual([...(kafka.quotas.get('ann') ?? [])], [['producer_byte_rate', 1000]]);
    assert.equal(text('ann-kafka-user', 'username'), 'ann');
    assert.equal(text('ann-kafka-user', 'bootstrap-servers'), endpoint.vip);
    assert.match(text('ann-kafka-user', 'ca.crt'), /BEGIN CERTIFICATE/);
    assert.match(text('ann-kafka-user', 'client.properties'), /^security\.protocol=SASL_SSL$/m);
    assert.notEqual(text('ann-kafka-user', 'password'), text('ben-kafka-user', 'password'));
    assert.deepEqual(get(userResource, 'ann')?.metadata.finalizers, [userFinalizer]);
    assert.ok(!JSON.stringify(get(userResource, 'ann')).includes(text('ann-kafka-user', 'password')));
  });

  it('cost nothing once they are as they should be', async () => {
    const { user, run, api, told } = await withCluster();
    await user('ann', { acls: [read] });
    await run();
    api.calls.length = 0;
    await run();
    assert.deepEqual(api.writes(), []);
    assert.deepEqual(told, []);
  });

  it('have put back what somebody has changed in Kafka, and are told so', async () => {
    const { user, run, kafka, told } = await withCluster();
    await user('ann', { acls: [read] });
    await run();
    kafka.acls.clear();
    kafka.passwords.clear();
    await run();
    assert.equal(kafka.acls.size, 1);
    assert.ok(kafka.passwords.has('ann'));
    assert.deepEqual(
      told.map(({ reason, note }) => [reason, note]),
      [['DriftCorrected', 'what Kafka has differs from the spec: sets the password, adds 1 of its ACLs']],
    );
  });

  it('get another password when theirs is gone from their Secret', async () => {
    const { user, run, kafka, text, io, get, signal } = await withCluster();
    await user('ann');
    await run();
    const [before, kept] = [text('ann-kafka-user', 'password'), kafka.passwords.get('ann')];
    const secret = get(secrets, 'ann-kafka-user');
    assert.ok(secret);
    await io.api.update(secrets, { ...secret, data: {} }, { signal });
    await run();
    assert.notEqual(text('ann-kafka-user', 'password'), before);
    assert.notEqual(kafka.passwords.get('ann'), kept);
  });

  it('take the password of a Secret that is given, and its changes', async () => {
    const { user, run, kafka, text, put } = await withCluster();
    const given = (password: string): Secret => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'given' },
      data: { secret: Buffer.from(password).toString('base64') },
    });
    await put(secrets, given('first'));
    await user('ann', { authentication: { passwordFrom: { name: 'given', key: 'secret' } } });
    await run();
    assert.equal(text('ann-kafka-user', 'password'), 'first');
    const kept = kafka.passwords.get('ann');
    await put(secrets, given('second'));
    await run();
    assert.equal(text('ann-kafka-user', 'password'), 'second');
    assert.notEqual(kafka.passwords.get('ann'), kept);
  });

  const refusals: [string, Partial<KafkaUserSpecInput>, string, RegExp][] = [
    [
      'a password that is nowhere',
      { authentication: { passwordFrom: { name: 'given' } } },
      'SecretInvalid',
      /passwordFrom: Secret given does not exist; create it with the key password/,
    ],
    [
      'a rule without a name',
      { acls: [{ resource: { type: 'Topic' }, operations: ['Read'] }] },
      'InvalidSpec',
      /acls\[0\]\.resource\.name: name it/,
    ],
  ];
  for (const [what, spec, reason, words] of refusals)
    it(`are refused with ${what}, and nobody else is`, async () => {
      const { user, run, ready, kafka } = await withCluster();
      await user('ann', spec);
      await user('ben');
      await run();
      const [status, why, message] = ready('ann') ?? [];
      assert.deepEqual([status, why], ['False', reason]);
      assert.match(message ?? '', words);
      assert.equal(ready('ben')?.[0], 'True');
      assert.deepEqual([...kafka.passwords.keys()], ['ben']);
    });

  it('do not take over a Secret of somebody else', async () => {
    const { user, run, ready, put, text } = await withCluster();
    const data = { password: Buffer.from('theirs').toString('base64') };
    await put(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'ann-kafka-user' }, data });
    await user('ann');
    await run();
    assert.equal(ready('ann')?.[1], 'SecretInvalid');
    assert.equal(text('ann-kafka-user', 'password'), 'theirs');
  });

  it('are told where passwords open nothing', async () => {
    const { user, run, ready } = await withCluster({ endpoints: [{ ...endpoint, authentication: 'None' }] });
    await user('ann');
    await run();
    assert.deepEqual(ready('ann')?.slice(0, 2), ['False', 'NoListener']);
  });

  it('are told where ACLs say nothing', async () => {
    const { user, run, ready, kafka } = await withCluster();
    kafka.authorizer = false;
    await user('ann', { acls: [read] });
    await user('ben');
    await run();
    assert.deepEqual(ready('ann')?.slice(0, 2), ['False', 'NoAuthorization']);
    assert.equal(ready('ben')?.[0], 'True');
  });

  it('leave nothing behind, and nothing of the others', async () => {
    const { user, run, kafka, put, get } = await withCluster();
    await user('ann', { acls: [read], quotas: { requestPercentage: 50 } });
    await user('ben', { acls: [read] });
    await run();
    const ann = get(userResource, 'ann');
    assert.ok(ann);
    const deletionTimestamp = new Date(0).toISOString();
    await put(userResource, { ...ann, metadata: { ...ann.metadata, deletionTimestamp } });
    await run();
    assert.deepEqual([...kafka.passwords.keys()], ['ben']);
    assert.deepEqual(
      [...kafka.acls.values()].map(({ user: owner }) => owner),
      ['ben'],
    );
    assert.equal(kafka.quotas.size, 0);
    assert.deepEqual(get(userResource, 'ann')?.metadata.finalizers ?? [], []);
  });

  it('wait for their KafkaCluster', async () => {
    const { user, run, ready, get, put } = await world();
    await user('ann');
    await run();
    assert.deepEqual(ready('ann')?.slice(0, 2), ['False', 'ClusterNotFound']);
    const ann = get(userResource, 'ann');
    assert.ok(ann);
    const metadata = { ...ann.metadata, finalizers: [userFinalizer], deletionTimestamp: new Date(0).toISOString() };
    await put(userResource, { ...ann, metadata });
    await run();
    assert.deepEqual(get(userResource, 'ann')?.metadata.finalizers ?? [], []);
  });

  it('wait while it does not answer', async () => {
    const { user, run, ready, kafka } = await withCluster();
    kafka.users = () => {
      throw new Error('connection refused');
    };
    await user('ann');
    await assert.rejects(run(), /connection refused/);
    assert.deepEqual(ready('ann'), [
      'False',
      'ClusterNotReady',
      'KafkaCluster demo does not do what it is asked: connection refused',
    ]);
  });
});
