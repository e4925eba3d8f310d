import assert from 'node:assert/strict';
import fc from 'fast-check';
import { claimOf } from '../workload/testing/objects.ts';
import { starting } from '../workload/testing/services.ts';
import type { Authentication } from './admin/admin.ts';
import type { CassandraModel } from './index.ts';
import type { CassandraMember } from './observe.ts';
import { readyToPublish } from './plan.ts';
import {
  cassandraFacts,
  joinedStatus,
  membersOf,
  modelOf,
  published,
  service,
  snapshotOf,
  wordOf,
} from './testing/cassandra.ts';
import {
  a,
  absent,
  actions,
  atGate,
  b,
  c,
  crashing,
  down,
  joining,
  known,
  none,
  now,
  ours,
  paused,
  plansOf,
  step,
  type World,
} from './testing/plan.ts';

const grant = (pod: string, mode: string): string => `Grant ${pod} uid-${pod} ${mode}`;

describe('the plan of a Cassandra service', () => {
  it('sets up the first member, then authentication, then the others, then the service', () => {
    const [deploy, ...others] = plansOf({});
    assert.deepEqual(others, []);
    assert.equal(deploy?.strategy, 'Serial');
    assert.deepEqual(
      deploy?.phases.map(({ name, strategy, steps }) => [name, strategy, steps.map((one) => one.name)]),
      [
        ['first-member', 'Serial', [`${a}:[start]`]],
        ['authentication', 'Serial', ['superuser:[create]', 'cassandra-role:[lock]', 'system-keyspaces:[replicate]']],
        ['members', 'Serial', [`${b}:[start]`, `${c}:[start]`]],
        ['service', 'Serial', ['system-keyspaces:[verify]', 'endpoints:[publish]']],
      ],
    );
  });

  it('goes around the racks', () => {
    const model = modelOf({ replicas: 4, racks: [{ name: 'r1' }, { name: 'r2' }, { name: 'r3' }] });
    const steps = plansOf({ model })[0]?.phases.flatMap((phase) => phase.steps.map(({ name }) => name));
    assert.deepEqual(
      steps?.filter((name) => name.endsWith('[start]')),
      ['demo-r1-0', 'demo-r2-0', 'demo-r3-0', 'demo-r1-1'].map((pod) => `${pod}:[start]`),
    );
  });

  it('has a phase of volumes only while there is something to do', () => {
    const claims = [claimOf(`data-${a}`, service, { group: 'r1', size: '10Gi' })];
    assert.equal(plansOf({ facts: cassandraFacts({}, { claims }) })[0]?.phases[0]?.name, 'volumes');
  });

  describe('lets start', () => {
    const unknown: Authentication = { kind: 'Unknown', message: 'no member is NORMAL yet' };
    const founded = (parts: Record<string, Partial<CassandraMember>>): CassandraModel =>
      modelOf(
        {},
        cassandraFacts({ members: joinedStatus(...Object.keys(parts).filter((name) => parts[name]?.joined)) }),
      );
    const table: [string, World, string[]][] = [
      [
        'the first alone',
        { members: { [a]: atGate, [b]: atGate, [c]: atGate }, authentication: unknown },
        [grant(a, 'First')],
      ],
      [
        'nobody while the first has no pod',
        { members: { [a]: { ...none, report: absent }, [b]: atGate, [c]: atGate }, authentication: unknown },
        [],
      ],
      [
        'nobody while the first starts',
        { members: { [a]: joining, [b]: atGate, [c]: atGate }, authentication: unknown },
        [],
      ],
      [
        'the second once the first is known',
        { members: { [a]: known, [b]: atGate, [c]: atGate } },
        [grant(b, 'Found')],
      ],
      ['the third only after the second', { members: { [a]: known, [b]: joining, [c]: atGate } }, []],
      [
        'nobody while another one founds the ring, whose rack was the first before',
        { members: { [a]: atGate, [b]: { ...joining, granted: 'First' }, [c]: atGate }, authentication: unknown },
        [],
      ],
      [
        'nobody while that one is NORMAL and not recorded',
        { members: { [a]: atGate, [b]: { granted: 'First', recordedHostId: undefined }, [c]: atGate } },
        [],
      ],
      ['the third after the second', { members: { [a]: known, [b]: known, [c]: atGate } }, [grant(c, 'Found')]],
      ['nobody while a known member is away', { members: { [a]: known, [b]: down, [c]: atGate } }, []],
      [
        'nobody while a member whose data is recorded is away',
        { members: { [a]: known, [b]: { report: starting, word: undefined }, [c]: atGate } },
        [],
      ],
      [
        'nobody whose data is lost',
        { members: { [a]: known, [b]: { ...atGate, recordedHostId: 'h' }, [c]: known } },
        [],
      ],
      [
        'nobody who served and has a new volume',
        { members: { [a]: known, [b]: { ...atGate, joined: true }, [c]: known } },
        [],
      ],
      [
        'nobody when the first has lost its data',
        { members: { [a]: { ...atGate, recordedHostId: 'h' }, [b]: atGate, [c]: atGate } },
        [],
      ],
    ];
    for (const [name, world, expected] of table) {
      it(name, () => assert.deepEqual(actions({ model: founded(world.members ?? {}), ...world }), expected));
    }

    it('a member of a service in use only as one that joins', () => {
      const facts = cassandraFacts({ members: joinedStatus(a, b, c), endpoints: published });
      const members = { [a]: known, [b]: known, [c]: known, 'demo-r1-3': atGate };
      assert.deepEqual(actions({ model: modelOf({ replicas: 4 }, facts), members }), [grant('demo-r1-3', 'Join')]);
    });

    it('nobody where the data belongs to members of other racks', () => {
      const claims = [
        claimOf('data-demo-old-0', service, { group: 'old', annotations: { 'stateward.dev/cassandra-host-id': 'h' } }),
      ];
      const model = modelOf({}, cassandraFacts({}, { claims }));
      const world: World = { model, members: { [a]: atGate, [b]: atGate, [c]: atGate }, authentication: unknown };
      assert.deepEqual(actions(world), []);
      assert.match(
        step(world, `${a}:[start]`),
        /^FirstSetup Error: the volumes that hold the data belong to no member/,
      );
    });

    const state = fc.constantFrom(
      atGate,
      joining,
      known,
      down,
      { ...atGate, recordedHostId: 'h' },
      { ...none, report: absent },
    );
    it('never two at a time, and nobody while one joins or is away', () =>
      fc.assert(
        fc.property(fc.tuple(state, state, state), fc.boolean(), ([one, two, three], isPublished) => {
          const members = { [a]: one, [b]: two, [c]: three };
          const status = { members: joinedStatus(...[a, b, c].filter((name) => members[name]?.joined === true)) };
          const model = { ...modelOfStatus(status), published: isPublished };
          const granted = actions({ model, members }).filter((action) => action.startsWith('Grant'));
          assert.ok(granted.length <= 1, String(granted));
          const busy = [one, two, three].some(
            (parts) => parts === joining || parts === down || parts.recordedHostId === 'h',
          );
          if (busy) assert.deepEqual(granted, []);
          if (granted.some((action) => action.endsWith('First'))) assert.ok(![one, two, three].includes(known));
        }),
      ));
    const models = new Map<string, CassandraModel>();
    function modelOfStatus(status: Parameters<typeof cassandraFacts>[0]): CassandraModel {
      const key = JSON.stringify(status);
      const model = models.get(key) ?? modelOf({}, cassandraFacts(status));
      models.set(key, model);
      return model;
    }
  });

  describe('sees a member', () => {
    const start = (parts: Partial<CassandraMember>): string => step({ members: { [b]: parts } }, `${b}:[start]`);
    const replace = `Due {"kind":"ReplacePod","pod":"${b}","uid":"uid-${b}"}: replaces a pod that serves nobody: cassandra ended with exit code 1`;
    const table: [string, Partial<CassandraMember>, string][] = [
      ['that is NORMAL and recorded', {}, 'FirstSetup Complete'],
      [
        'that is NORMAL and not recorded',
        { recordedHostId: undefined },
        `FirstSetup Due {"kind":"RecordIdentity","claim":"data-${b}","hostId":"host-${b}"}: records host id host-${b} on its volume`,
      ],
      [
        'whose volume bears another id',
        { recordedHostId: 'other' },
        `FirstSetup Due {"kind":"RecordIdentity","claim":"data-${b}","hostId":"host-${b}"}: records host id host-${b} on its volume`,
      ],
      [
        'that does not say who it is',
        { word: wordOf('NORMAL') },
        'FirstSetup InProgress: its host id is not known yet',
      ],
      ['that joins', joining, 'FirstSetup InProgress: is JOINING'],
      ['that says nothing', { ...joining, word: undefined }, 'FirstSetup InProgress: the process starts'],
      [
        'that only itself sees as NORMAL',
        { ...joining, word: wordOf('NORMAL') },
        'FirstSetup InProgress: is NORMAL and waits until its peers see it',
      ],
      ['that crashes', { ...none, report: crashing }, 'FirstSetup Error: cassandra ended with exit code 1'],
      ['that crashes with an older template', { ...none, report: crashing, outdated: 'Spec' }, `FirstSetup ${replace}`],
      ['that has served before, once only', { ...known, report: crashing }, 'FirstSetup Complete'],
      [
        'that has served before, whatever its template',
        { ...known, report: crashing, outdated: 'Spec' },
        'FirstSetup Complete',
      ],
      [
        'that has served before and was built anew',
        { ...known, recordedHostId: undefined },
        `FirstSetup Due {"kind":"RecordIdentity","claim":"data-${b}","hostId":"host-${b}"}: records host id host-${b} on its volume`,
      ],
      [
        'that waits with an older template, which is replaced before it is let in',
        { ...atGate, outdated: 'Operator' },
        `FirstSetup Due {"kind":"ReplacePod","pod":"${b}","uid":"uid-${b}"}: replaces a pod that serves nobody: runs init container gate`,
      ],
      [
        'with its data, which passes the gate',
        { ...atGate, recordedHostId: 'h', atGateSince: now - 4_999 },
        'FirstSetup InProgress: passes the gate',
      ],
      ['that somebody keeps down', { ...none, report: paused, paused: true }, 'FirstSetup InProgress: is kept down'],
      [
        'at the gate after its grant',
        { ...atGate, granted: 'Found' },
        'FirstSetup InProgress: runs init container gate',
      ],
      [
        'whose data is lost',
        { ...atGate, recordedHostId: 'h' },
        'FirstSetup Error: its volume is empty, although host h had its data there; it must be replaced, and nothing is started in its place',
      ],
    ];
    for (const [name, parts, expected] of table) it(name, () => assert.equal(start(parts), expected));
  });

  describe('authenticates', () => {
    const all = ['system_distributed', 'system_auth'];
    const unknown: Authentication = { kind: 'Unknown', message: 'nobody answers' };
    const done = 'FirstSetup Complete';
    const table: [string, Authentication, string, string, string, string][] = [
      // create, lock, replicate, verify
      [
        'a fresh ring',
        { kind: 'Default' },
        'FirstSetup Due {"kind":"CreateSuperuser"}: creates the superuser',
        ...three('FirstSetup Waiting: waits for the superuser'),
      ],
      [
        'without an answer',
        unknown,
        'FirstSetup Waiting: nobody answers',
        ...three('FirstSetup Waiting: nobody answers'),
      ],
      [
        'with an open default',
        ours({ defaultLocked: false }),
        done,
        'FirstSetup Due {"kind":"LockDefaultRole"}: takes login and rights from role cassandra',
        done,
        done,
      ],
      [
        'with keyspaces on one member',
        ours({ unreplicated: all }),
        done,
        done,
        ...two(
          'FirstSetup Due {"kind":"ReplicateSystem","keyspaces":["system_distributed","system_auth"]}: replicates system_distributed, system_auth to 3 members',
        ),
      ],
      ['when all is done', ours(), done, done, done, done],
      [
        'with roles on members that have yet to join',
        { kind: 'NotEnoughReplicas' },
        done,
        done,
        done,
        'FirstSetup InProgress: a majority of the replicas of system_auth does not answer yet',
      ],
    ];
    const names = [
      'superuser:[create]',
      'cassandra-role:[lock]',
      'system-keyspaces:[replicate]',
      'system-keyspaces:[verify]',
    ];
    for (const [name, authentication, ...expected] of table) {
      it(name, () =>
        assert.deepEqual(
          names.map((of) => step({ authentication }, of)),
          expected,
        ),
      );
    }

    it('no more once clients use the service', () => {
      const model = modelOf({}, cassandraFacts({ members: joinedStatus(a, b, c), endpoints: published }));
      for (const name of [...names, 'endpoints:[publish]']) {
        assert.match(step({ model, authentication: unknown }, name), /Complete$/);
      }
    });

    it('before the second member starts', () =>
      assert.deepEqual(actions({ members: { [b]: atGate, [c]: atGate }, authentication: { kind: 'Default' } }), [
        'CreateSuperuser',
      ]));

    function two(text: string): [string, string] {
      return [text, text];
    }
    function three(text: string): [string, string, string] {
      return [text, text, text];
    }
  });

  describe('is ready to be published', () => {
    const table: [string, World, boolean][] = [
      ['when all is done', {}, true],
      ['not while a member is not NORMAL', { members: { [c]: joining } }, false],
      ['not while a member is not recorded', { members: { [c]: { recordedHostId: undefined } } }, false],
      ['not while the default role is open', { authentication: ours({ defaultLocked: false }) }, false],
      ['not while keyspaces are on one member', { authentication: ours({ unreplicated: ['system_auth'] }) }, false],
      ['not on a guess', { authentication: { kind: 'NotEnoughReplicas' } }, false],
    ];
    for (const [name, { members = {}, authentication = ours() }, expected] of table) {
      it(name, () => {
        const model = modelOf();
        assert.equal(
          readyToPublish(model, snapshotOf({ members: membersOf(model, members), authentication })),
          expected,
        );
      });
    }

    it('for ever once it was', () => {
      const model = { ...modelOf(), published: true };
      const members = membersOf(model, { [a]: joining });
      assert.equal(readyToPublish(model, snapshotOf({ members, authentication: { kind: 'Default' } })), true);
    });
  });
});
