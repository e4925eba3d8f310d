import assert from 'node:assert/strict';
import { persistentVolumeClaims, pods, secrets } from '../kube/resource.ts';
import { claimOf, podOf } from '../workload/testing/objects.ts';
import { starting } from '../workload/testing/services.ts';
import { testTurn } from '../workload/testing/turn.ts';
import { actOnCassandra } from './act.ts';
import type { CassandraAction } from './plan.ts';
import { adminOf, membersOf, modelOf, service, snapshotOf, wordOf } from './testing/cassandra.ts';

const object = { apiVersion: 'v1', kind: 'CassandraCluster', metadata: { name: 'demo', namespace: 'ns' } };
const model = modelOf();
const name = 'demo-r1-0';

describe('what is done about a Cassandra service', () => {
  describe('lets a member start', () => {
    async function granted(uid: (stored: string) => string): Promise<string | undefined> {
      const { turn, api, put } = testTurn(object);
      const stored = await put(pods, podOf(name));
      const action: CassandraAction = {
        kind: 'Grant',
        pod: name,
        uid: uid(stored.metadata.uid ?? ''),
        mode: 'Replace:10.0.1.7',
      };
      await actOnCassandra(action, model, snapshotOf(), adminOf(), turn);
      return (await api.read(pods, { namespace: 'ns', name }))?.metadata.annotations?.['stateward.dev/start'];
    }

    it('as the plan says', async () => assert.equal(await granted((uid) => uid), 'Replace:10.0.1.7'));
    it('and no other pod of that name', async () =>
      assert.rejects(
        granted(() => 'uid-of-another'),
        /another uid/,
      ));
  });

  describe('writes the host id on the volume', () => {
    const claim = claimOf(`data-${name}`, service, { group: 'r1' });
    async function recorded(seen: (stored: string) => string): Promise<string | undefined> {
      const { turn, api, put } = testTurn(object);
      const { metadata } = await put(persistentVolumeClaims, claim);
      const view = { ...claim, metadata: { ...claim.metadata, uid: seen(metadata.uid ?? '') } };
      const snapshot = snapshotOf({ members: membersOf(model, { [name]: { claims: [view] } }) });
      const action: CassandraAction = { kind: 'RecordIdentity', claim: `data-${name}`, hostId: 'h7' };
      await actOnCassandra(action, model, snapshot, adminOf(), turn);
      const stored = await api.read(persistentVolumeClaims, { namespace: 'ns', name: `data-${name}` });
      return stored?.metadata.annotations?.['stateward.dev/cassandra-host-id'];
    }

    it('that was seen', async () => assert.equal(await recorded((uid) => uid), 'h7'));
    it('and on no empty one that took its place', async () =>
      assert.rejects(
        recorded(() => 'uid-of-another'),
        /another uid/,
      ));
  });

  describe('logs in', () => {
    const own = { username: 'u', password: 'p' };
    const presents = 'demo-r1-1.demo-cassandra-members.ns.svc';
    const target = { host: 'a', port: 9042, name: presents, datacenter: 'dc1', clear: false };
    const random = Buffer.alloc(24, 7).toString('base64url');
    const data = Object.fromEntries(
      Object.entries(own).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    );

    async function done(action: CassandraAction, { secret = true, mode = 'NORMAL' } = {}): Promise<unknown[][]> {
      const { turn, put } = testTurn(object);
      const metadata = { name: 'demo-cassandra-superuser', namespace: 'ns' };
      if (secret) await put(secrets, { apiVersion: 'v1', kind: 'Secret', metadata, data });
      const calls: unknown[][] = [];
      const note =
        (call: string) =>
        async (...args: unknown[]): Promise<void> =>
          void calls.push([call, ...args.filter((arg) => !(arg instanceof AbortSignal))]);
      const admin = adminOf({
        createSuperuser: note('create'),
        lockDefault: note('lock'),
        replicate: note('replicate'),
      });
      const members = membersOf(model, {
        [name]: { report: starting },
        'demo-r1-1': { address: 'a', word: wordOf(mode) },
        'demo-r1-2': { word: undefined },
      });
      await actOnCassandra(action, model, snapshotOf({ members }), admin, turn);
      return calls;
    }

    const create: CassandraAction = { kind: 'CreateSuperuser' };
    const table: [string, CassandraAction, Parameters<typeof done>[1], unknown[][]][] = [
      ['to make the superuser', create, {}, [['create', target, own]]],
      ['to lock the default role', { kind: 'LockDefaultRole' }, {}, [['lock', target, own, random]]],
      [
        'to replicate keyspaces',
        { kind: 'ReplicateSystem', keyspaces: ['system_auth'] },
        {},
        [['replicate', target, own, ['system_auth'], 3]],
      ],
      ['not without a password', create, { secret: false }, []],
      ['not while no member is NORMAL', create, { mode: 'JOINING' }, []],
    ];
    for (const [what, action, world, expected] of table)
      it(what, async () => assert.deepEqual(await done(action, world), expected));
  });
});
