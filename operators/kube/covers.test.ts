import assert from 'node:assert/strict';
import { firstDifference } from './covers.ts';

const container = { name: 'kafka', image: 'kafka:1', resources: { limits: { memory: '1Gi', cpu: 1 } } };

function podSpec(fields: object): object {
  return { spec: { template: { spec: fields } } };
}

describe('covers', () => {
  it('overlooks defaults, foreign fields, order and clothing of quantities', () => {
    const live = podSpec({
      restartPolicy: 'Always',
      containers: [
        { name: 'istio-proxy', image: 'istio' },
        { ...container, terminationMessagePath: '/dev/x', resources: { limits: { cpu: '1000m', memory: '1024Mi' } } },
      ],
      tolerations: [{ key: 'a', operator: 'Exists' }],
    });
    const desired = podSpec({ containers: [container], tolerations: [{ key: 'a', operator: 'Exists' }] });
    assert.equal(firstDifference(desired, live), undefined);
  });

  it('treats what the server drops as absent', () => {
    const desired = podSpec({
      hostNetwork: false,
      nodeName: '',
      volumes: [],
      securityContext: {},
      affinity: undefined,
    });
    assert.equal(firstDifference(desired, podSpec({})), undefined);
    assert.equal(firstDifference({ spec: { replicas: undefined } }, { spec: { replicas: 1 } }), undefined);
  });

  it('names the field that somebody changed', () => {
    const cases: [object, object, string][] = [
      [{ spec: { replicas: 3 } }, { spec: { replicas: 1 } }, 'spec.replicas'],
      [{ metadata: { labels: { a: '' } } }, { metadata: { labels: {} } }, 'metadata.labels.a'],
      [
        { metadata: { annotations: { n: '1' } } },
        { metadata: { annotations: { n: '1000m' } } },
        'metadata.annotations.n',
      ],
      [{ spec: { containers: [container] } }, { spec: { containers: [] } }, 'spec.containers.kafka'],
      [
        { spec: { ports: [{ port: 1, targetPort: 2 }] } },
        {
          spec: {
            ports: [
              { port: 1, protocol: 'UDP' },
              { port: 1, protocol: 'TCP', targetPort: 3 },
            ],
          },
        },
        'spec.ports.1/TCP.targetPort',
      ],
      [{ spec: { args: ['a'] } }, { spec: { args: ['a', 'b'] } }, 'spec.args'],
      [{ metadata: { finalizers: ['a', 'b'] } }, { metadata: { finalizers: ['c', 'b'] } }, 'metadata.finalizers'],
    ];
    for (const [desired, live, path] of cases) assert.equal(firstDifference(desired, live), path);
  });

  it('matches ports of containers and services by their own keys', () => {
    const desired = { spec: { containers: [{ name: 'x', ports: [{ containerPort: 1 }, { containerPort: 2 }] }] } };
    const live = {
      spec: {
        containers: [
          {
            name: 'x',
            ports: [
              { containerPort: 2, protocol: 'TCP' },
              { containerPort: 1, protocol: 'TCP' },
            ],
          },
        ],
      },
    };
    assert.equal(firstDifference(desired, live), undefined);
  });

  describe('of a network policy', () => {
    const policy = (change: object = {}) => ({
      spec: {
        podSelector: { matchLabels: { app: 'x' } },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ namespaceSelector: {}, podSelector: {} }], ports: [{ protocol: 'TCP', port: 1 }] }],
        ...change,
      },
    });
    const rule = (from: object, port: object = {}) => [
      { from: [from], ports: [{ protocol: 'TCP', port: 1, ...port }] },
    ];
    const everybody = { namespaceSelector: {}, podSelector: {} };
    const edits: [string, object, string | undefined][] = [
      ['nothing', {}, undefined],
      [
        'a pod that it no longer holds for',
        { podSelector: { matchLabels: { app: 'x', not: 'me' } } },
        'spec.podSelector',
      ],
      ['more ports of a range', { ingress: rule(everybody, { endPort: 9 }) }, 'spec.ingress'],
      ['fewer peers', { ingress: rule({ ...everybody, podSelector: { matchLabels: { a: 'b' } } }) }, 'spec.ingress'],
      ['other peers, as empty as before', { ingress: rule({ podSelector: {} }) }, 'spec.ingress'],
      ['one more rule', { ingress: [...rule(everybody), {}] }, 'spec.ingress'],
    ];
    for (const [name, change, path] of edits)
      it(`sees ${name}`, () => assert.equal(firstDifference(policy(), policy(change)), path));

    it('minds no empty value that the server does not keep', () => {
      const desired = policy({ ingress: rule({ podSelector: { matchLabels: {}, matchExpressions: [] } }) });
      assert.equal(firstDifference(desired, policy({ ingress: rule({ podSelector: {} }) })), undefined);
    });
  });

  it('leaves status alone', () => {
    assert.equal(firstDifference({ status: { x: 1 }, kind: 'A' }, { status: { x: 2 } }), undefined);
  });
});
