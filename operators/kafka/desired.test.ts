import assert from 'node:assert/strict';
import type { NetworkPolicy, Service } from '../kube/resource.ts';
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
