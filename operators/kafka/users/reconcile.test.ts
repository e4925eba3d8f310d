import assert from 'node:assert/strict';
import type { KafkaClusterStatus } from '../../../crds/kafka-cluster.ts';
import type { KafkaUserSpecInput } from '../../../crds/kafka-user.ts';
import { ApiError } from '../../kube/api.ts';
import { type Secret, secrets } from '../../kube/resource.ts';
import { javaProperties } from '../../workload/testing/java-properties.ts';
import { entityWorld, service } from '../testing/entities.ts';
import { adminOf } from '../testing/kafka.ts';
import { MemoryUsers, memoryUserAdmin } from '../testing/memory-users.ts';
import { userFinalizer, userReconcile } from './reconcile.ts';
import { userResource } from './user.ts';

const { namespace } = service;
const endpoint = {
  name: 'secure',
  dns: [],
  vip: 'demo-kafka.ns.svc:9093',
  port: 9093,
  tls: true,
  authentication: 'ScramSha512',
};
const mutual = { ...endpoint, name: 'mutual', vip: 'demo-kafka.ns.svc:9094', port: 9094, authentication: 'Tls' };
const read = { resource: { type: 'Topic' as const, name: 'orders' }, operations: ['Read' as const] };

function world() {
  const kafka = new MemoryUsers();
  const made = entityWorld(userResource, userReconcile, adminOf(memoryUserAdmin(async () => kafka)));
  const { get, entity } = made;
  return {
    ...made,
    kafka,
    user: (name: string, spec: Partial<KafkaUserSpecInput> = {}) => entity(name, spec),
    text: (name: string, key: string) => Buffer.from(get(secrets, name)?.data?.[key] ?? '', 'base64').toString('utf8'),
  };
}

async function withCluster(status: KafkaClusterStatus = { endpoints: [endpoint] }) {
  const made = world();
  await made.haveCluster(status);
  return made;
}

function given(password: string, name = 'given', labels = { 'stateward.dev/password': 'true' }): Secret {
  const data = { secret: Buffer.from(password).toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name, labels }, data };
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

  it('have rules for addresses as Kafka compares them', async () => {
    const { user, run, kafka } = await withCluster();
    await user('ann', { acls: ['10.0.0.1', '2001:DB8::1'].map((host) => ({ ...read, host })) });
    await run();
    assert.deepEqual([...kafka.acls.values()].map(({ host }) => host).toSorted(), ['10.0.0.1', '2001:db8:0:0:0:0:0:1']);
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

  it('of type Tls get a certificate, and Kafka keeps no password of theirs', async () => {
    const { user, run, ready, kafka, text, get } = await withCluster({ endpoints: [endpoint, mutual] });
    await user('ann', { acls: [read] });
    await run();
    await user('ann', { acls: [read], authentication: { type: 'Tls' } });
    await run();
    assert.deepEqual(ready('ann'), ['True', 'Applied', 'Kafka has the user as the spec says']);
    assert.deepEqual([kafka.passwords.size, kafka.acls.size], [0, 1]);
    assert.match(text('ann-kafka-user', 'user.crt'), /^-----BEGIN CERTIFICATE-----/);
    assert.match(text('ann-kafka-user', 'user.key'), /^-----BEGIN PRIVATE KEY-----/);
    assert.deepEqual(
      ['bootstrap-servers', 'security-protocol', 'password', 'sasl-mechanism'].map((key) =>
        text('ann-kafka-user', key),
      ),
      ['demo-kafka.ns.svc:9094', 'SSL', '', ''],
    );
    const properties = javaProperties(text('ann-kafka-user', 'client.properties'));
    assert.equal(properties.get('ssl.keystore.certificate.chain'), text('ann-kafka-user', 'user.crt'));
    assert.equal(properties.get('ssl.keystore.key'), text('ann-kafka-user', 'user.key'));
    assert.deepEqual(get(userResource, 'ann')?.status?.certificate, { notAfter: '2030-04-01T00:00:00.000Z' });
  });

  it('of type Tls cost nothing once they are as they should be, and get another certificate when theirs is gone', async () => {
    const { user, run, api, text, io, get, signal } = await withCluster({ endpoints: [mutual] });
    await user('ann', { authentication: { type: 'Tls' } });
    await run();
    api.calls.length = 0;
    await run();
    assert.deepEqual(api.writes(), []);
    const before = text('ann-kafka-user', 'user.crt');
    const secret = get(secrets, 'ann-kafka-user');
    assert.ok(secret);
    await io.api.update(secrets, { ...secret, data: { ...secret.data, 'user.crt': '' } }, { signal });
    await run();
    assert.match(text('ann-kafka-user', 'user.crt'), /BEGIN CERTIFICATE/);
    assert.notEqual(text('ann-kafka-user', 'user.crt'), before);
  });

  it('of type OAuth get what their tokens may do, and are told where to show them', async () => {
    const sso = { ...endpoint, name: 'sso', vip: 'demo-kafka.ns.svc:9095', port: 9095, authentication: 'OAuth' };
    const { user, run, ready, kafka, text, get } = await withCluster({ endpoints: [endpoint, sso] });
    await user('ann', { acls: [read], authentication: { type: 'OAuth' } });
    await run();
    assert.equal(ready('ann')?.[0], 'True');
    assert.deepEqual([kafka.passwords.size, kafka.acls.size], [0, 1]);
    assert.deepEqual(Object.keys(get(secrets, 'ann-kafka-user')?.data ?? {}).toSorted(), [
      'bootstrap-servers',
      'ca.crt',
      'client.properties',
      'host',
      'port',
      'provider',
      'sasl-mechanism',
      'security-protocol',
      'type',
      'username',
    ]);
    assert.deepEqual(
      ['bootstrap-servers', 'security-protocol', 'sasl-mechanism'].map((key) => text('ann-kafka-user', key)),
      [sso.vip, 'SASL_SSL', 'OAUTHBEARER'],
    );
  });

  const refusals: [string, Partial<KafkaUserSpecInput>, string, RegExp][] = [
    [
      'a password that is nowhere',
      { authentication: { passwordFrom: { name: 'nowhere' } } },
      'SecretInvalid',
      /passwordFrom: Secret nowhere does not exist; create it with the key password and the label stateward\.dev\/password=true/,
    ],
    [
      'a Secret that is not for passwords',
      { authentication: { passwordFrom: { name: 'closed', key: 'secret' } } },
      'SecretInvalid',
      /passwordFrom: Secret closed does not say that it may be read here: label it stateward\.dev\/password=true$/,
    ],
    [
      'a key of a Secret that every object has',
      { authentication: { passwordFrom: { name: 'given', key: 'constructor' } } },
      'SecretInvalid',
      /passwordFrom: Secret given has no key constructor/,
    ],
    [
      'a password beside a certificate',
      { authentication: { type: 'Tls', passwordFrom: { name: 'given' } } },
      'InvalidSpec',
      /authentication\.passwordFrom: only a user of type ScramSha512 has a password/,
    ],
    [
      'a rule without a name',
      { acls: [{ resource: { type: 'Topic' }, operations: ['Read'] }] },
      'InvalidSpec',
      /acls\[0\]\.resource\.name: name it/,
    ],
    [
      'a rule for a range of addresses',
      { acls: [{ ...read, host: '10.0.0.0/8' }] },
      'InvalidSpec',
      /acls\[0\]\.host: must be one IP address, or \*: Kafka knows no ranges/,
    ],
  ];
  for (const [what, spec, reason, words] of refusals)
    it(`are refused with ${what}, and nobody else is`, async () => {
      const { user, run, ready, kafka, put } = await withCluster();
      await put(secrets, given('secret'));
      await put(secrets, given('secret', 'closed', { 'stateward.dev/password': 'false' }));
      await user('ann', spec);
      await user('ben');
      await run();
      const [status, why, message] = ready('ann') ?? [];
      assert.deepEqual([status, why], ['False', reason]);
      assert.match(message ?? '', words);
      assert.equal(ready('ben')?.[0], 'True');
      assert.deepEqual([...kafka.passwords.keys()], ['ben']);
    });

  it('do not take a password out of each other', async () => {
    const { user, run, ready, kafka } = await withCluster();
    await user('ann');
    await user('ben');
    await run();
    await user('ann', { authentication: { passwordFrom: { name: 'ben-kafka-user' } } });
    await user('ben', { authentication: { passwordFrom: { name: 'ann-kafka-user' } } });
    const kept = new Map(kafka.passwords);
    await run();
    assert.deepEqual(
      ['ann', 'ben'].map((name) => ready(name)?.[2]),
      ['ben', 'ann'].map(
        (name) =>
          `spec.authentication.passwordFrom: Secret ${name}-kafka-user is written by Stateward: name one of your own`,
      ),
    );
    assert.deepEqual(kafka.passwords, kept);
  });

  it('are refused whose Secret the API server refuses, and nobody else is', async () => {
    const { user, run, ready, api } = await withCluster();
    await user('ann');
    await user('ben');
    api.before = ({ verb, key }) => {
      if (verb === 'create' && key.endsWith('ann-kafka-user')) throw new ApiError(403, 'Forbidden', 'exceeded quota');
    };
    await run();
    assert.deepEqual(ready('ann'), [
      'False',
      'SecretInvalid',
      'the API server refuses Secret ann-kafka-user: exceeded quota',
    ]);
    assert.equal(ready('ben')?.[0], 'True');
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

  it('do not take over one that is met only when theirs is written', async () => {
    const { user, run, ready, put, api, kafka } = await withCluster();
    await put(secrets, given('secret'));
    await api.apply(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'ann-kafka-user' } });
    await user('ann', { authentication: { passwordFrom: { name: 'given', key: 'secret' } } });
    await run();
    const message =
      'Secret ann-kafka-user exists and is not of this KafkaUser; rename one of the two, or remove the Secret';
    assert.deepEqual(ready('ann'), ['False', 'SecretInvalid', message]);
    assert.equal(kafka.passwords.size, 0);
  });

  for (const type of ['ScramSha512', 'Tls', 'OAuth'] as const)
    it(`of type ${type} are told where no listener lets them in`, async () => {
      const { user, run, ready } = await withCluster({ endpoints: [{ ...endpoint, authentication: 'None' }] });
      await user('ann', { authentication: { type } });
      await run();
      const message = `the KafkaCluster has no listener with authentication ${type}: add one, or change spec.authentication.type`;
      assert.deepEqual(ready('ann'), ['False', 'NoListener', message]);
    });

  it('are sent where all brokers let them in, and away from where clients are to leave', async () => {
    const vip = (port: number): string => `demo-kafka.ns.svc:${port}`;
    const leaving = { ...endpoint, leavingSince: '2030-01-01T00:00:00Z' };
    const next = { ...endpoint, name: 'next', port: 9096, vip: vip(9096), tls: false };
    const table: [KafkaClusterStatus, number][] = [
      [{ endpoints: [leaving] }, 9093],
      [{ endpoints: [leaving, { ...next, opening: true }] }, 9093],
      [{ endpoints: [leaving, next] }, 9096],
      [{ endpoints: [endpoint, next] }, 9093],
      [{ endpoints: [{ ...next, opening: true }] }, 9096],
    ];
    for (const [status, port] of table) {
      const { user, run, text } = await withCluster(status);
      await user('ann');
      await run();
      assert.equal(text('ann-kafka-user', 'bootstrap-servers'), vip(port));
    }
  });

  it('are told where no listener that stays lets them in', async () => {
    const { user, run, ready } = await withCluster({
      endpoints: [{ ...endpoint, leavingSince: '2030-01-01T00:00:00Z' }, mutual],
    });
    await user('ann');
    await user('eve', { authentication: { type: 'Tls' } });
    await run();
    const applied = 'Kafka has the user as the spec says';
    assert.deepEqual(ready('ann'), [
      'True',
      'Applied',
      `${applied}, until secure closes: no other listener lets it in`,
    ]);
    assert.deepEqual(ready('eve'), ['True', 'Applied', applied]);
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
    const { user, run, kafka, doom, get } = await withCluster();
    await user('ann', { acls: [read], quotas: { requestPercentage: 50 } });
    await user('ben', { acls: [read] });
    await run();
    await doom('ann');
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
    const { user, run, ready, get, doom } = world();
    await user('ann');
    await run();
    assert.deepEqual(ready('ann')?.slice(0, 2), ['False', 'ClusterNotFound']);
    await doom('ann');
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
