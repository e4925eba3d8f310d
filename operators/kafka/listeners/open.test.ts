import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type KafkaClusterStatus,
  type KafkaEndpoint,
  type KafkaListener,
  parseKafkaSpec,
} from '../../../crds/kafka-cluster.ts';
import { foremost, leavingListeners, openListeners } from './open.ts';

const member = { name: 'demo-kafka-0', group: 'kafka', ready: true, state: 'Ready', joined: true };
const oauth = { issuer: 'a', jwksUri: 'https://a/keys', audience: 'kafka', principalClaim: 'sub' };

const plain = { name: 'plain', port: 9092, tls: false, authentication: 'None' as const };
const secure = { name: 'secure', port: 9093, tls: true, authentication: 'ScramSha512' as const };
const sso = { name: 'sso', port: 9095, tls: true, authentication: 'OAuth' as const, oauth };

function shown(listener: KafkaListener, parts: Partial<KafkaEndpoint> = {}): KafkaEndpoint {
  return { ...listener, dns: ['a:1'], vip: 'b:1', ca: 'demo-kafka-ca', ...parts };
}

function specOf(...listeners: KafkaListener[]) {
  const parsed = parseKafkaSpec({ listeners, authorization: { superUsers: ['ANONYMOUS'] } });
  assert.ok(parsed.ok);
  return parsed.value;
}

const namesOf = (listeners: readonly KafkaListener[]): string[] => listeners.map(({ name }) => name);

describe('the listeners that brokers have open', () => {
  const table: [string, KafkaListener[], KafkaClusterStatus, string[], string[]][] = [
    ['are those of the spec', [secure, plain], {}, ['secure', 'plain'], []],
    ['are those of the spec before anybody has served', [secure], { endpoints: [shown(plain)] }, ['secure'], []],
    [
      'are those of the spec in its order',
      [secure, plain],
      { members: [member], endpoints: [shown(plain), shown(secure)] },
      ['secure', 'plain'],
      [],
    ],
    [
      'are also what the spec no longer has, where it was',
      [secure],
      { members: [member], endpoints: [shown(plain), shown(secure)] },
      ['plain', 'secure'],
      ['plain'],
    ],
    [
      'are what is new after what is known',
      [sso, secure],
      { members: [member], endpoints: [shown(secure), shown(plain)] },
      ['secure', 'plain', 'sso'],
      ['plain'],
    ],
    [
      'are without what never was open everywhere',
      [secure],
      { members: [member], endpoints: [shown(secure), shown(plain, { opening: true })] },
      ['secure'],
      [],
    ],
    [
      'are without what status does not know enough of',
      [secure],
      {
        members: [member],
        endpoints: [shown({ ...plain, authentication: 'OAuth' }), { name: 'old', dns: [], port: 9099 }],
      },
      ['secure'],
      [],
    ],
    [
      'are without what no spec could have',
      [secure],
      { members: [member], endpoints: [{ ...shown(plain), name: 'a\nsuper.users=User:eve' }] },
      ['secure'],
      [],
    ],
  ];
  for (const [name, listeners, status, open, leaving] of table)
    it(name, () => {
      const spec = specOf(...listeners);
      assert.deepEqual(namesOf(openListeners(spec, status)), open);
      assert.deepEqual(namesOf(leavingListeners(spec, status)), leaving);
    });

  it('are as they were, with their issuer', () => {
    const status = { members: [member], endpoints: [shown(sso, { leavingSince: '2030-01-01T00:00:00Z' })] };
    assert.deepEqual(leavingListeners(specOf(secure), status), [sso]);
  });

  it('are all that status knows, and in that order, whatever the spec leaves out', () => {
    const all = Array.from({ length: 8 }, (_, index) => ({ ...secure, name: `l${index}`, port: 9100 + index }));
    const some = fc.subarray(all, { minLength: 1 });
    const property = fc.property(some, some, (before, after) => {
      const status = { members: [member], endpoints: before.map((listener) => shown(listener)) };
      const open = namesOf(openListeners(specOf(...after), status));
      const gone = before.some(({ name }) => !namesOf(after).includes(name));
      const known = open.filter((name) => namesOf(before).includes(name));
      if (gone) assert.deepEqual(known, namesOf(before));
      assert.deepEqual(open.toSorted(), [...new Set([...namesOf(before), ...namesOf(after)])].toSorted());
    });
    fc.assert(property, { numRuns: 30 });
  });

  const ways: [string, KafkaListener[], KafkaEndpoint[], string][] = [
    ['to the first of the spec', [secure, plain], [], 'secure'],
    [
      'not to one that some brokers have yet to open',
      [sso, plain],
      [shown(sso, { opening: true }), shown(plain)],
      'plain',
    ],
    ['to one that leaves while there is no other', [sso], [shown(plain), shown(sso, { opening: true })], 'plain'],
  ];
  for (const [name, listeners, endpoints, expected] of ways)
    it(`send a client ${name}`, () => {
      const [spec, status] = [specOf(...listeners), { members: [member], endpoints }];
      const open = { spec, listeners: openListeners(spec, status), leaving: namesOf(leavingListeners(spec, status)) };
      assert.equal(foremost(open, status)?.name, expected);
    });
});
