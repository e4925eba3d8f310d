import assert from 'node:assert/strict';
import { podOf } from '../../workload/testing/objects.ts';
import { freeOn, requestsOf, shownAmount } from './requests.ts';
import { node } from './testing/facts.ts';

function container(cpu: string, more: object = {}) {
  return { name: 'c', resources: { requests: { cpu } }, ...more };
}

function cpuOf(spec: object): string {
  const pod = { ...podOf('a'), spec: { containers: [], ...spec } };
  return shownAmount('cpu', requestsOf(pod).get('cpu') ?? 0n);
}

describe('requestsOf', () => {
  const sidecar = container('300m', { restartPolicy: 'Always' });
  const table: [string, object, string][] = [
    ['sums what runs together', { containers: [container('1'), container('500m')] }, '1500m'],
    [
      'takes the largest init container where that is more',
      { containers: [container('1')], initContainers: [container('2'), container('3')] },
      '3',
    ],
    ['counts a sidecar with the containers', { containers: [container('1')], initContainers: [sidecar] }, '1300m'],
    [
      'counts a sidecar with the init containers after it',
      { containers: [container('1')], initContainers: [sidecar, container('2')] },
      '2300m',
    ],
    [
      'counts no sidecar with those before it',
      { containers: [container('1')], initContainers: [container('2'), sidecar] },
      '2',
    ],
    ['adds the overhead of the runtime class', { containers: [container('1')], overhead: { cpu: '250m' } }, '1250m'],
    [
      'lets resources of the pod stand for its containers',
      { containers: [container('1')], resources: { requests: { cpu: '4' } } },
      '4',
    ],
    ['asks for nothing where nothing is said', { containers: [{ name: 'c' }] }, '0'],
  ];
  for (const [name, spec, expected] of table) {
    it(name, () => assert.equal(cpuOf(spec), expected));
  }
});

describe('freeOn', () => {
  it('takes what pods ask for from what the node offers, and one place for each', () => {
    const running = { ...podOf('a'), spec: { containers: [container('1500m')] } };
    const ended = { ...running, status: { phase: 'Succeeded' } };
    const free = freeOn(node('n'), [running, ended]);
    const text = [...free].map(([name, amount]) => `${name} ${shownAmount(name, amount)}`);
    assert.deepEqual(text, ['cpu 2500m', 'memory 8192Mi', 'pods 109']);
  });

  it('shows less than nothing as nothing', () => {
    const greedy = { ...podOf('a'), spec: { containers: [container('9')] } };
    assert.equal(shownAmount('cpu', freeOn(node('n'), [greedy]).get('cpu') ?? 0n), '0');
  });
});
