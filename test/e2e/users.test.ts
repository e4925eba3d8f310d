/** Users of a secured KafkaCluster: the right ones may do what they are granted, and nobody else anything. */
import assert from 'node:assert/strict';
import type { Kafka } from 'kafkajs';
import { clusterLookup } from '../../hack/clients/dns.ts';
import { accessBy, createTopic, type KafkaAccess, kafkaClient, produce } from '../../hack/clients/kafka.ts';
import { ports } from '../../operators/kafka/names.ts';
import { secrets } from '../../operators/kube/resource.ts';
import { issuer, type KeyPair, type Role, type Validity } from '../../operators/tls/issue.ts';
import { recordOf, whole } from '../../operators/workload/certificates/secrets.ts';
import { kafkas, kafkaUsers, kubeEvents } from '../lib/resources.ts';
import { conditionOf } from '../lib/services.ts';
import { cluster } from './lib/cluster.ts';
import { newKey, startIssuer, type TokenIssuer } from './lib/issuer.ts';
import { accessTo, connected, describe as describeMember, endpointsOf, impatient } from './lib/kafka.ts';
import { until, usePlace } from './lib/place.ts';
import { exec, podsOf } from './lib/pods.ts';
import { apply, list, read, remove, singleKafka, untilKafkaReady, untilReady } from './lib/services.ts';

const name = 'guarded';
const topic = 'orders';
const listenersBy = ({ oauth }: TokenIssuer) => [
  { name: 'secure', port: 9093 },
  { name: 'mutual', port: 9094, authentication: 'Tls' },
  { name: 'sso', port: 9095, authentication: 'OAuth', oauth },
];
const acls = [
  { resource: { type: 'Topic', name: topic }, operations: ['Create', 'Read', 'Write', 'Describe'] },
  { resource: { type: 'Group', name: 'demo-', pattern: 'Prefix' }, operations: ['Read'] },
];

function lastingAnHour(): Validity {
  return { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000) };
}

describe('the users of a KafkaCluster', () => {
  const at = usePlace('users');
  let tokens: TokenIssuer;

  before(async () => {
    tokens = await startIssuer();
  });

  after(() => tokens.close());

  async function accessOf(user: string): Promise<KafkaAccess> {
    const { data = {} } = await read(at(), secrets, `${user}-kafka-user`);
    return { ...accessBy(data), lookup: clusterLookup(cluster.kubeconfig) };
  }

  async function put(user: string, spec: object = {}): Promise<void> {
    await apply(at(), kafkaUsers, user, { cluster: name, ...spec });
    await untilReady(at(), kafkaUsers, user);
  }

  async function send(kafka: Kafka): Promise<void> {
    const producer = kafka.producer();
    try {
      await producer.connect();
      await producer.send({ topic, messages: [{ value: 'x' }] });
    } finally {
      await producer.disconnect();
    }
  }

  const writes = (kafka: Kafka): Promise<number> => produce(kafka, topic, { from: 0, to: 10 });

  it('may do what they are granted', async () => {
    await apply(at(), kafkas, name, { pools: [singleKafka()], listeners: listenersBy(tokens) });
    await untilKafkaReady(at(), name);
    await Promise.all([
      put('ann', { acls, quotas: { producerBytesPerSecond: 1_000_000 } }),
      put('ben'),
      put('eve', { acls, authentication: { type: 'Tls' } }),
      put('fay', { acls, authentication: { type: 'OAuth' } }),
    ]);
    const kafka = kafkaClient(await accessOf('ann'));
    await createTopic(kafka, { topic, partitions: 1, replicas: 1 });
    assert.equal(await writes(kafka), 10);
  });

  it('may do nothing else', async () => {
    await assert.rejects(send(kafkaClient(await accessOf('ben'), impatient)), /[Nn]ot authorized|UNKNOWN_TOPIC/);
    const ann = kafkaClient(await accessOf('ann'), impatient).admin();
    await ann.connect();
    await assert.rejects(
      ann.createTopics({ topics: [{ topic: 'other' }], waitForLeaders: false }),
      ({ errors: [first] }) => first.type === 'TOPIC_AUTHORIZATION_FAILED',
    );
    await ann.disconnect();
  });

  const strangers: [string, (access: KafkaAccess) => KafkaAccess][] = [
    [
      'another password',
      ({ login, ...access }) => ({ ...access, login: { username: 'ann', password: `${login?.password}x` } }),
    ],
    [
      'another name',
      ({ login, ...access }) => ({ ...access, login: { username: 'cid', password: login?.password ?? '' } }),
    ],
    ['no password', ({ login: _, ...access }) => access],
    ['no encryption', ({ tls: _, ...access }) => access],
    [
      'the name of a member',
      ({ login, ...access }) => ({
        ...access,
        login: { username: 'stateward:member', password: login?.password ?? '' },
      }),
    ],
  ];
  for (const [what, stranger] of strangers)
    it(`are nobody with ${what}`, async () => {
      await assert.rejects(connected(stranger(await accessOf('ann'))));
    });

  it('come by a certificate where the listener asks for one, and may do what they are granted', async () => {
    const eve = await accessOf('eve');
    assert.match(eve.bootstrap[0] ?? '', /:9094$/);
    assert.equal(await writes(kafkaClient(eve)), 10);
    const admin = kafkaClient(eve, impatient).admin();
    await admin.connect();
    await assert.rejects(
      admin.createTopics({ topics: [{ topic: 'other' }], waitForLeaders: false }),
      ({ errors: [first] }) => first.type === 'TOPIC_AUTHORIZATION_FAILED',
    );
    await admin.disconnect();
  });

  /** Of the service's own CA, where it is not said otherwise. */
  async function certified(user: string, role: Role, authority?: KeyPair): Promise<KafkaAccess> {
    const own = recordOf(await read(at(), secrets, `${name}-kafka-ca-key`))?.signer;
    const signer = authority ?? whole(own);
    assert.ok(signer);
    const wish = { name: user, role, dnsNames: [], addresses: [], validity: lastingAnHour() };
    const { certificate, key } = await issuer.issueLeaf(wish, signer);
    const eve = await accessOf('eve');
    return { ...eve, tls: { ...eve.tls, cert: certificate, key } };
  }

  const impostors: [string, () => Promise<KafkaAccess>][] = [
    [
      'no certificate',
      async () => {
        const [{ bootstrap }, ann] = [await accessOf('eve'), await accessOf('ann')];
        return { ...ann, bootstrap };
      },
    ],
    [
      'one of another CA',
      async () => certified('eve', 'stateward-user', await issuer.createAuthority('guarded', lastingAnHour())),
    ],
    ['one of a member', () => certified(`${name}-kafka-0`, 'stateward:member')],
    ['one of the operator', () => certified('stateward', 'stateward:operator')],
    ["one in a member's name", () => certified('stateward:member', 'stateward-user')],
  ];
  for (const [what, impostor] of impostors)
    it(`are nobody, where a certificate is asked for, with ${what}`, async () => {
      await connected(await certified('eve', 'stateward-user'));
      await assert.rejects(connected(await impostor()));
    });

  async function asMember(access: KafkaAccess, port: number): Promise<KafkaAccess> {
    const [first] = await podsOf(at(), name);
    const host = `${first?.metadata.name}.${name}-kafka-members.${at().namespace}.svc.cluster.local`;
    const { login: _, ...others } = access;
    return { ...others, bootstrap: [`${host}:${port}`] };
  }

  it('cannot take the place of a member or of the operator by a certificate', async () => {
    const [first] = await podsOf(at(), name);
    const { data = {} } = await read(at(), secrets, 'eve-kafka-user');
    const [certificate = '', key = ''] = ['user.crt', 'user.key'].map((entry) =>
      Buffer.from(data[entry] ?? '', 'base64').toString(),
    );
    for (const port of [ports.controller, ports.internal]) {
      await describeMember(at(), first?.metadata.name ?? '', port);
      await assert.rejects(describeMember(at(), first?.metadata.name ?? '', port, { certificate, key }));
    }
  });

  for (const user of ['ann', 'eve'])
    it(`cannot come by the way of the members with what the Secret of ${user} has`, async () => {
      await connected(await asMember(await certified('stateward', 'stateward:operator'), 9091));
      for (const port of [9090, 9091]) await assert.rejects(connected(await asMember(await accessOf(user), port)));
    });

  const tokenOf = async (token: () => string): Promise<KafkaAccess> => ({ ...(await accessOf('fay')), token });

  it('are kept out while their issuer does not answer, and no broker is', async () => {
    const fay = await tokenOf(() => tokens.token({ sub: 'fay' }));
    await assert.rejects(connected(fay));
    tokens.open();
    // Each of the broker's three network threads asks the issuer by itself, and connections go round among them.
    const byEachThread = async () => {
      for (let connection = 0; connection < 6; connection += 1) await connected(fay);
    };
    await until(at(), byEachThread);
  });

  it('come by a token where the listener takes them, and may do what they are granted', async () => {
    const fay = await tokenOf(() => tokens.token({ sub: 'fay', aud: ['other', 'kafka'] }));
    assert.match(fay.bootstrap[0] ?? '', /:9095$/);
    assert.equal(await writes(kafkaClient(fay)), 10);
    await assert.rejects(send(kafkaClient(await tokenOf(() => tokens.token({ sub: 'ben' })), impatient)));
  });

  const forgeries: [string, () => string][] = [
    ['for somebody else', () => tokens.token({ sub: 'fay', aud: 'other' })],
    ['of another issuer', () => tokens.token({ sub: 'fay', iss: 'https://other.example.com' })],
    ['that has ended', () => tokens.token({ sub: 'fay', exp: Math.floor(Date.now() / 1000) - 60 })],
    ['that another key has signed', () => tokens.token({ sub: 'fay' }, newKey().privateKey)],
    ['in the name of a member', () => tokens.token({ sub: 'stateward:member' })],
    ['in the name of nobody', () => tokens.token({ sub: 'ANONYMOUS' })],
    ['without a name', () => tokens.token({})],
  ];
  for (const [what, forgery] of forgeries)
    it(`are nobody with a token ${what}`, async () => {
      await assert.rejects(connected(await tokenOf(forgery)));
    });

  for (const user of ['ann', 'eve'])
    it(`come by Kafka's own tools with what the Secret of ${user} has`, async () => {
      const [first] = await podsOf(at(), name);
      const { data = {} } = await read(at(), secrets, `${user}-kafka-user`);
      const [bootstrap] = (await accessOf(user)).bootstrap;
      const tool = `java -cp '/opt/kafka/libs/*' org.apache.kafka.tools.TopicCommand --bootstrap-server ${bootstrap}`;
      const script = `echo '${data['client.properties']}' | base64 -d > /tmp/user && ${tool} --command-config /tmp/user --list`;
      assert.equal((await exec(at(), first?.metadata.name ?? '', ['sh', '-c', script])).trim(), topic);
    });

  it('are refused with the reason', async () => {
    await apply(at(), kafkaUsers, 'dan', { cluster: name, authentication: { passwordFrom: { name: 'nowhere' } } });
    await until(at(), async () => {
      const ready = conditionOf(await read(at(), kafkaUsers, 'dan'), 'Ready');
      assert.deepEqual([ready?.status, ready?.reason], ['False', 'SecretInvalid']);
      assert.match(ready?.message ?? '', /Secret nowhere does not exist; create it with the key password/);
    });
  });

  it('are let in by a password of their own, of a Secret that is labelled for it', async () => {
    const { tools, namespace } = at();
    const words = ['given', '-n', namespace];
    await tools.kubectl(['create', 'secret', 'generic', ...words, '--from-literal=password=of-my-own']);
    await tools.kubectl(['label', 'secret', ...words, 'stateward.dev/password=true']);
    await apply(at(), kafkaUsers, 'dan', { cluster: name, authentication: { passwordFrom: { name: 'given' } } });
    await until(at(), async () => {
      const access = await accessOf('dan');
      assert.equal(access.login?.password, 'of-my-own');
      await connected(access);
    });
  });

  it('get back what somebody takes from them, and are told so; and follow a password of their own', async () => {
    const former = await accessOf('dan');
    const another = ['--type=merge', '-p', JSON.stringify({ stringData: { password: 'another-of-my-own' } })];
    await at().tools.kubectl(['patch', 'secret', 'given', '-n', at().namespace, ...another]);
    const tester = kafkaClient(await accessTo(at(), name)).admin();
    await tester.connect();
    const all = {
      resourceType: 2,
      resourceName: topic,
      resourcePatternType: 3,
      principal: 'User:ann',
      host: '*',
      operation: 4,
      permissionType: 3,
    };
    const { filterResponses } = await tester.deleteAcls({ filters: [all] });
    assert.equal(filterResponses[0]?.matchingAcls.length, 1);
    await tester.disconnect();
    await until(at(), async () => {
      const events = await list(at(), kubeEvents);
      const told = events.find(({ reason, regarding }) => reason === 'DriftCorrected' && regarding?.name === 'ann');
      assert.match(told?.note ?? '', /adds 1 of its ACLs/);
    });
    assert.equal(await writes(kafkaClient(await accessOf('ann'))), 10);
    await until(at(), async () => {
      const access = await accessOf('dan');
      assert.equal(access.login?.password, 'another-of-my-own');
      await connected(access);
    });
    await assert.rejects(connected(former));
  });

  it('get another password when their Secret is deleted', async () => {
    const before = await accessOf('ann');
    await at().tools.kubectl(['delete', 'secret', 'ann-kafka-user', '-n', at().namespace]);
    await until(at(), async () => {
      const after = await accessOf('ann');
      assert.notEqual(after.login?.password, before.login?.password);
      await connected(after);
    });
    await assert.rejects(connected(before));
  });

  it('get another certificate when theirs is deleted, and have one that ends in time', async () => {
    const before = await accessOf('eve');
    await at().tools.kubectl(['delete', 'secret', 'eve-kafka-user', '-n', at().namespace]);
    await until(at(), async () => {
      const after = await accessOf('eve');
      assert.notDeepEqual(after.tls, before.tls);
      await connected(after);
    });
    const { status } = await read(at(), kafkaUsers, 'eve');
    const days = (Date.parse(status?.certificate?.notAfter ?? '') - Date.now()) / 86_400_000;
    assert.ok(days > 89 && days <= 90, `${days} days`);
  });

  it('are gone when they are deleted', async () => {
    const access = await accessOf('ann');
    await remove(at(), kafkaUsers, 'ann');
    await assert.rejects(connected(access));
    await put('ann');
    await assert.rejects(send(kafkaClient(await accessOf('ann'), impatient)));
  });

  it('have a password that nobody guesses', async () => {
    const { login } = await accessOf('ann');
    assert.ok((login?.password ?? '').length >= 24);
  });

  it('cannot have their listener changed under them', async () => {
    const [endpoint] = await endpointsOf(at(), name);
    assert.deepEqual([endpoint?.tls, endpoint?.authentication], [true, 'ScramSha512']);
    const changed = listenersBy(tokens).map((one) => (one.name === 'secure' ? { ...one, tls: false } : one));
    await apply(at(), kafkas, name, { pools: [singleKafka()], listeners: changed });
    await until(at(), async () => {
      const stalled = conditionOf(await read(at(), kafkas, name), 'Stalled');
      assert.match(
        stalled?.message ?? '',
        /listeners\[secure\]: tls cannot change while clients use it; set it back, or replace it/,
      );
    });
    await connected(await accessOf('ben'));
  });
});
