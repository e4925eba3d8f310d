import assert from 'node:assert/strict';
import fc from 'fast-check';
import { arrangePlan, dueActions } from '../plan/plan.ts';
import type { PodReport } from '../workload/pod-state.ts';
import { claimOf } from '../workload/testing/objects.ts';
import { starting } from '../workload/testing/services.ts';
import type { Authentication } from './admin/admin.ts';
import type { CassandraModel } from './index.ts';
import type { CassandraMember } from './observe.ts';
import { planCassandra, readyToPublish } from './plan.ts';
import { cassandraFacts, joinedStatus, membersOf, modelOf, published, service, wordOf } from './testing/cassandra.ts';

const now = Date.parse('2026-01-01T01:00:00Z');
const [a, b, c] = ['demo-r1-0', 'demo-r1-1', 'demo-r1-2'] as const;
const initializing: PodReport = { state: 'Initializing', message: 'runs init container gate' };
const crashing: PodReport = { state: 'Crashing', message: 'cassandra ended with exit code 1' };
const absent: PodReport = { state: 'Absent', message: 'waits for its pod to be created' };

const none: Partial<CassandraMember> = { word: undefined, recordedHostId: undefined };
const atGate: Partial<CassandraMember> = { ...none, report: initializing, atGate: true };
const joining: Partial<CassandraMember> = {
  ...none,
  report: starting,
  granted: 'Found',
  word: wordOf('JOINING'),
};
const known: Partial<CassandraMember> = { joined: true };
const down: Partial<CassandraMember> = { joined: true, report: starting, word: undefined };
const ours = (parts: { defaultLocked?: boolean; unreplicated?: string[] } = {}): Authentication => ({
  kind: 'Ours',
  roles: { defaultLocked: true, unreplicated: [], ...parts },
});

interface World {
  model?: CassandraModel;
  members?: Record<string, Partial<CassandraMember>>;
  authentication?: Authentication;
  claims?: ReturnType<typeof claimOf>[];
}

function plansOf({ model = modelOf(), members = {}, authentication = ours(), claims = [] }: World) {
  const snapshot = { members: membersOf(model, members), authentication };
  return planCassandra(model, snapshot, cassandraFacts({}, { claims }), now);
}

/** What each step sees, by name. */
function step(world: World, name: string): string {
  const found = plansOf(world)
    .flatMap((plan) => plan.phases.flatMap((phase) => phase.steps))
    .find((candidate) => candidate.name === name);
  if (found === undefined) return 'no such step';
  const { progress, reason } = found;
  const message = 'message' in progress ? `: ${progress.message}` : '';
  const action = 'action' in progress ? ` ${JSON.stringify(progress.action)}` : '';
  return `${reason} ${progress.kind}${action}${message}`;
}

/** What may be done now. */
function actions(world: World): string[] {
  return plansOf(world)
    .map(arrangePlan)
    .flatMap(dueActions)
    .map((action) => Object.values(action).join(' '));
}

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
    assert.equal(plansOf({ claims })[0]?.phases[0]?.name, 'volumes');
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
    const replace = `Due {"kind":"ReplacePod","pod":"${b}","uid":"uid-${b}"}: the pod serves nobody and has an older template: cassandra ended with exit code 1`;
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
      ['that crashes with an older template', { ...none, report: crashing, outdated: true }, `FirstSetup ${replace}`],
      ['that has served before, once only', { ...known, report: crashing }, 'FirstSetup Complete'],
      [
        'that has served before and waits for a corrected template',
        { ...known, report: crashing, outdated: true },
        `SpecChanged ${replace}`,
      ],
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
        assert.equal(readyToPublish(model, { members: membersOf(model, members), authentication }), expected);
      });
    }

    it('for ever once it was', () => {
      const model = { ...modelOf(), published: true };
      const members = membersOf(model, { [a]: joining });
      assert.equal(readyToPublish(model, { members, authentication: { kind: 'Default' } }), true);
    });
  });

  describe('recovers', () => {
    const recovery = (parts: Partial<CassandraMember>): string => step({ members: { [b]: parts } }, `${b}:[restart]`);
    const table: [string, Partial<CassandraMember>, string][] = [
      ['nobody who is NORMAL', known, 'no such step'],
      ['nobody who never served', joining, 'no such step'],
      ['who starts', down, 'MemberFailed InProgress: the process starts'],
      ['who is ready and not NORMAL', { joined: true, word: wordOf('DRAINED') }, 'MemberFailed InProgress: is DRAINED'],
      ['who crashes', { ...down, report: crashing }, 'MemberFailed Error: cassandra ended with exit code 1'],
      [
        'who waits for a corrected template',
        { ...down, report: crashing, outdated: true },
        'MemberFailed InProgress: the pod serves nobody and has an older template: cassandra ended with exit code 1',
      ],
      [
        'who has lost its data',
        { ...atGate, joined: true, recordedHostId: 'h' },
        'MemberFailed Error: its volume is empty, although host h had its data there; it must be replaced, and nothing is started in its place',
      ],
      [
        'who has lost its volume',
        { ...atGate, joined: true },
        'MemberFailed Error: its volume is empty, although the member had its data there; it must be replaced, and nothing is started in its place',
      ],
    ];
    for (const [name, parts, expected] of table) it(name, () => assert.equal(recovery(parts), expected));
  });
});
