import assert from 'node:assert/strict';
import type { KafkaClusterStatus, KafkaEndpoint } from '../../../crds/kafka-cluster.ts';
import { factsOf } from '../../workload/testing/services.ts';
import { previewSpec } from './preview.ts';

const plain = { name: 'plain', port: 9092, tls: false, authentication: 'None' };
const secure = { name: 'secure', port: 9093 };
const authorization = { superUsers: ['ANONYMOUS'] };

/** What is said of the first member of a service that serves. */
function saidOf(present: object[], wanted: object[], endpoints: KafkaEndpoint[]): string {
  const member = { name: 'demo-kafka-0', group: 'kafka', ready: true, state: 'Ready', joined: true };
  const preview = previewSpec({
    kind: 'KafkaCluster',
    present: { listeners: present, authorization },
    spec: { listeners: wanted, authorization },
    facts: factsOf<KafkaClusterStatus>({ members: [member], endpoints }),
  });
  if (preview.kind === 'Refused') return preview.problems.join();
  const [first] = preview.rows;
  return `${first?.effect}: ${first?.why}`;
}

describe('a preview of other listeners', () => {
  const known = [
    { ...plain, dns: [] },
    { ...secure, tls: true, authentication: 'ScramSha512', dns: [] },
  ];
  const [inClear] = known;
  assert.ok(inClear);
  const kept = 'keeps listener plain until clients have moved, then restarts without';
  const table: [string, object[], object[], KafkaEndpoint[], string][] = [
    [
      'says that members restart, and restart once more',
      [plain],
      [secure],
      [inClear],
      `restart: spec.listeners; ${kept}`,
    ],
    ['says that members restart later', [plain, secure], [secure], known, `restart later: spec.listeners; ${kept}`],
    ['says nothing of a listener that leaves already', [secure], [secure], known, 'nothing: '],
    [
      'says that a port is taken',
      [plain],
      [{ ...secure, port: 9092 }],
      [inClear],
      'spec.listeners[secure].port: 9092 is that of listener plain, which stays open until its clients have moved; choose another, or put plain back (kubectl stateward plan demo says when it closes)',
    ],
  ];
  for (const [name, present, wanted, endpoints, expected] of table)
    it(name, () => assert.equal(saidOf(present, wanted, endpoints), expected));
});
