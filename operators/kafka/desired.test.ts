import assert from 'node:assert/strict';
import type { ConfigMap, NetworkPolicy, Secret, Service } from '../kube/resource.ts';
import { desiredObjects } from './desired.ts';
import { kafkaFacts, modelOf, separate, settings } from './testing/kafka.ts';

function servicesOf(spec: Parameters<typeof modelOf>[0]): Service[] {
  const objects = desiredObjects(modelOf(spec), kafkaFacts(), settings);
  return objects.filter((object): object is Service => object.kind === 'Service');
}

describe('the Services of a KafkaCluster', () => {
  it('give each broker an address of its own, and no controller', () =>
    assert.deepEqual(
      servicesOf(separate).map(({ metadata }) => metadata.name),
      ['demo-kafka-members', 'demo-kafka', 'demo-broker-1000', 'demo-broker-1001'],
    ));

  it('lead to one member each, also before it is ready', () => {
    const broker = servicesOf(separate).find(({ metadata }) => metadata.name === 'demo-broker-1001');
    assert.equal(broker?.spec?.selector?.['statefulset.kubernetes.io/pod-name'], 'demo-broker-1001');
    assert.equal(broker?.spec?.publishNotReadyAddresses, true);
    assert.deepEqual(
      broker?.spec?.ports?.map(({ port }) => port),
      [9093],
    );
  });
});

describe('the ports of a KafkaCluster', () => {
  it('have names of 15 characters, also where those of listeners begin alike', () => {
    const listeners = [
      { name: 'production1', port: 9093 },
      { name: 'production2', port: 9094 },
      { name: 'apps', port: 9095 },
    ];
    const headless = servicesOf({ listeners }).find(({ metadata }) => metadata.name === 'demo-kafka-members');
    assert.deepEqual(
      headless?.spec?.ports?.map(({ name }) => name),
      ['controller', 'internal', 'client-9093', 'client-9094', 'client-apps'],
    );
  });
});

describe('a listener that clients have yet to leave', () => {
  const member = { name: 'demo-kafka-0', group: 'kafka', ready: true, state: 'Ready', joined: true };
  const plain = { name: 'plain', port: 9092, tls: false, authentication: 'None', dns: [] };
  const facts = kafkaFacts({ members: [member], endpoints: [plain] });
  const objects = desiredObjects(modelOf({}, facts), facts, settings);

  it('is there in every object, and where clients are sent while brokers have no other', () => {
    const services = objects.filter((object): object is Service => object.kind === 'Service');
    const policy = objects.find((object): object is NetworkPolicy => object.kind === 'NetworkPolicy');
    const binding = objects.find((object): object is Secret => object.kind === 'Secret');
    for (const { spec } of services) assert.ok(spec?.ports?.some(({ port }) => port === 9092));
    assert.deepEqual(
      policy?.spec.ingress[2]?.ports?.map(({ port }) => port),
      [9092, 9093],
    );
    assert.equal(Buffer.from(binding?.data?.['port'] ?? '', 'base64').toString(), '9092');
  });

  it('lets those do what they could who do not say who they are', () => {
    const config = objects.find((object): object is ConfigMap => object.kind === 'ConfigMap');
    assert.match(config?.data?.['server.properties'] ?? '', /^super\.users=.*;User:ANONYMOUS$/m);
    assert.match(config?.data?.['server.properties'] ?? '', /^listeners=.*,PLAIN:\/\/:9092,SECURE:\/\/:9093$/m);
  });

  it('is in what pods are asked for, so that they restart when it closes', () =>
    assert.deepEqual(
      [facts, kafkaFacts({ members: [member] })].map((seen) => modelOf({}, seen).groups[0]?.asked),
      ['3 with listener plain', '3'],
    ));
});

describe('the NetworkPolicy of a KafkaCluster', () => {
  it('opens to members and the operator their ports, to clients the listeners, and that of probes to nobody', () => {
    const listeners = [
      { name: 'secure', port: 9093 },
      { name: 'more', port: 9094 },
    ];
    const clients = [{ podSelector: { matchLabels: { app: 'shop' } } }];
    const objects = desiredObjects(modelOf({ listeners, networkPolicy: { clients } }), kafkaFacts(), settings);
    const policy = objects.find((object): object is NetworkPolicy => object.kind === 'NetworkPolicy');
    assert.deepEqual(
      policy?.spec.ingress.map(({ ports }) => ports?.map(({ port }) => port)),
      [
        [9090, 9091],
        [9090, 9091],
        [9093, 9094],
      ],
    );
    assert.deepEqual(policy?.spec.ingress[2]?.from, clients);
  });
});
