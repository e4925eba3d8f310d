import assert from 'node:assert/strict';
import type { PodReport } from '../workload/members/pod-state.ts';
import type { CassandraMember } from './observe.ts';
import { reportCassandra } from './status.ts';
import { cassandraFacts, joinedStatus, membersOf, modelOf, settings, snapshotOf, wordOf } from './testing/cassandra.ts';

const model = modelOf();
const starting: PodReport = { state: 'Starting', message: 'm' };
const name = 'demo-r1-0';

function memberOf(parts: Partial<CassandraMember>, facts = cassandraFacts()) {
  const members = membersOf(model, { [name]: parts });
  const [first] = reportCassandra(model, snapshotOf({ members }), facts, settings).members ?? [];
  assert.ok(first !== undefined);
  return first;
}

describe('the status of a CassandraCluster', () => {
  it('gives out the endpoints when all is set up, and not before', () => {
    const members = membersOf(model);
    const host = (ordinal: number): string => `demo-r1-${ordinal}.demo-cassandra-members.ns.svc.cluster.local:9042`;
    const { members: shown, ...report } = reportCassandra(model, snapshotOf({ members }), cassandraFacts(), settings);
    assert.equal(shown?.length, 3);
    assert.deepEqual(report, {
      replicas: 3,
      selector: 'stateward.dev/kind=CassandraCluster,stateward.dev/service=demo',
      endpoints: [
        {
          name: 'cql',
          dns: [0, 1, 2].map(host),
          vip: 'demo-cassandra.ns.svc.cluster.local:9042',
          port: 9042,
          tls: true,
          ca: 'demo-cassandra-ca',
          authentication: 'Password',
        },
      ],
      binding: { name: 'demo-cassandra-binding' },
    });
    const early = reportCassandra(
      model,
      snapshotOf({ members, authentication: { kind: 'Default' } }),
      cassandraFacts(),
      settings,
    );
    assert.deepEqual([early.endpoints, early.binding], [undefined, undefined]);
  });

  it('names no CA where clients cannot speak TLS', () => {
    const inClear = modelOf({ encryption: { clients: 'None' } });
    const snapshot = snapshotOf({ members: membersOf(inClear) });
    const [endpoint] = reportCassandra(inClear, snapshot, cassandraFacts(), settings).endpoints ?? [];
    assert.deepEqual([endpoint?.tls, endpoint?.ca], [false, undefined]);
  });

  it('counts the pods that exist', () => {
    const members = membersOf(model, { [name]: { pod: undefined } });
    assert.equal(reportCassandra(model, snapshotOf({ members }), cassandraFacts(), settings).replicas, 2);
  });

  describe('says of a member', () => {
    const recorded = `host-${name}`;
    const table: [string, Partial<CassandraMember>, [boolean, string, string | undefined, boolean]][] = [
      // ready, state, host id, joined
      ['that is NORMAL', {}, [true, 'Normal', recorded, true]],
      ['that is NORMAL and not recorded', { recordedHostId: undefined }, [true, 'Normal', recorded, false]],
      ['that bears another id than its volume', { recordedHostId: 'other' }, [true, 'Normal', recorded, false]],
      [
        'that joins',
        { report: starting, word: wordOf('JOINING', 'h'), recordedHostId: undefined },
        [false, 'Joining', 'h', false],
      ],
      ['whose mode has two words', { word: wordOf('JOINING_FAILED') }, [false, 'JoiningFailed', recorded, false]],
      ['that says nothing', { report: starting, word: undefined }, [false, 'Starting', recorded, false]],
      [
        'that waits',
        { report: { state: 'Initializing', message: '' }, word: undefined, atGate: true, recordedHostId: undefined },
        [false, 'WaitsForTurn', undefined, false],
      ],
      ['that served before', { report: starting, word: undefined, joined: true }, [false, 'Starting', recorded, true]],
    ];
    for (const [what, parts, expected] of table) {
      it(what, () => {
        const { ready, state, hostId, joined } = memberOf(parts);
        assert.deepEqual([ready, state, hostId, joined === true], expected);
      });
    }
  });

  describe('knows a member by the host id', () => {
    const [shown] = joinedStatus(name);
    assert.ok(shown !== undefined);
    const facts = cassandraFacts({ members: [{ ...shown, hostId: 'before' }] });
    const rebuilt = { joined: true, recordedHostId: undefined };
    const table: [string, Partial<CassandraMember>, string | undefined][] = [
      ["of before while it waits to take that host's place", { ...rebuilt, atGate: true, word: undefined }, 'before'],
      [
        'of before while it joins under another one',
        { ...rebuilt, report: starting, word: wordOf('JOINING', 'new') },
        'before',
      ],
      [
        'of before while only itself sees it as NORMAL',
        { ...rebuilt, report: starting, word: wordOf('NORMAL', 'new') },
        'before',
      ],
      ['of before while it says nothing', { ...rebuilt, report: starting, word: undefined }, 'before'],
      ['that it has once it is NORMAL', { ...rebuilt, word: wordOf('NORMAL', 'new') }, 'new'],
      ['that it joins with for the first time', { report: starting, word: wordOf('JOINING', 'new') }, 'new'],
    ];
    for (const [what, parts, expected] of table) it(what, () => assert.equal(memberOf(parts, facts).hostId, expected));
  });
});
