/** The roles of a CassandraCluster that runs: tests for the file that has one. */
import assert from 'node:assert/strict';
import type { Client } from 'cassandra-driver';
import type { CassandraAccess } from '../../../hack/clients/cassandra.ts';
import { operatorNamespace } from '../../../hack/install.ts';
import { cassandraRoles, kubeEvents } from '../../lib/resources.ts';
import { conditionOf } from '../../lib/services.ts';
import { accessTo, query, rowsAt, secretOf, withClient } from './cassandra.ts';
import { type Place, until } from './place.ts';
import { apply, list, read, remove, untilReady, untilService } from './services.ts';

interface Known {
  name: string;
  /** One that has the rows of `fill`. */
  keyspace: string;
}

const secretName = (role: string): string => `${role}-cassandra-role`;

export function letsInRoles({ name, keyspace }: Known, at: () => Place): void {
  const table = `${keyspace}.numbers`;
  const reads = [{ resource: { keyspace }, permissions: ['Select'] }];
  const select = `SELECT value FROM ${table} WHERE id = 1`;
  const insert = `INSERT INTO ${table} (id, value) VALUES (1, 'value 1')`;

  async function accessOf(role: string): Promise<CassandraAccess> {
    const { username = '', password = '', 'ca.crt': ca = '' } = await secretOf(at(), secretName(role));
    return { ...(await accessTo(at(), name)), username, password, ca };
  }

  async function put(role: string, spec: object = {}): Promise<void> {
    await apply(at(), cassandraRoles, role, { cluster: name, ...spec });
    await untilReady(at(), cassandraRoles, role);
  }

  /** A role with a password of the user's own. */
  async function putGiven(password: string): Promise<void> {
    const { namespace, tools } = at();
    const metadata = { namespace, name: 'given', labels: { 'stateward.dev/password': 'true' } };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { password } };
    await tools.kubectl(['apply', '-f', '-'], { input: JSON.stringify(secret) });
    await put('dan', { passwordFrom: { name: 'given' } });
  }

  const run = (access: CassandraAccess, ...statements: string[]): Promise<void> =>
    withClient(access, async (client: Client) => {
      for (const statement of statements) await client.execute(statement);
    });

  /** Somebody who is the superuser does it by hand. */
  const byHand = async (statement: string): Promise<void> => run(await accessTo(at(), name), statement);

  it('lets roles do what they are granted, and nothing else', async () => {
    const writes = [{ resource: { keyspace, table: 'numbers' }, permissions: ['Modify'] }];
    await Promise.all([
      put('readers', { login: false, grants: reads }),
      put('ann', { memberOf: ['readers'], grants: writes }),
      put('app', { name: 'Shop.App', rotation: { type: 'Turns' }, grants: reads }),
      put('ben'),
      putGiven('of-my-own'),
    ]);
    assert.equal((await accessOf('dan')).password, 'of-my-own');
    await run(await accessOf('dan'));
    await run(await accessOf('ann'), select, insert);
    for (const statement of [`DROP TABLE ${table}`, 'CREATE ROLE eve', `GRANT MODIFY ON ${table} TO ben`])
      await assert.rejects(run(await accessOf('ann'), statement), refusesRight);
    await run(await accessOf('app'), select);
    await assert.rejects(run(await accessOf('app'), insert), refusesRight);
    await assert.rejects(run(await accessOf('ben'), select), refusesRight);
  });

  it('lets in nobody with another password, another name, or without encryption', async () => {
    const access = await accessOf('ann');
    const { ca: _, ...inClear } = access;
    const strangers: CassandraAccess[] = [
      { ...access, password: `${access.password}x` },
      { ...access, username: 'eve' },
      { ...access, username: 'readers' },
      inClear,
    ];
    for (const stranger of strangers) await assert.rejects(run(stranger, select));
  });

  it('lets a role in from a pod with what its Secret has', async () => {
    assert.equal(await rowsAt(at(), await secretOf(at(), secretName('ann')), table), 300);
  });

  it('gives a role back what somebody has changed, and tells it so; and follows a password of its own', async () => {
    const former = await accessOf('dan');
    await putGiven('another-of-my-own');
    await byHand(`REVOKE MODIFY ON ${table} FROM ann`);
    // Cassandra takes no second password of a role within five seconds.
    await until(at(), () => byHand(`ALTER ROLE ann WITH SUPERUSER = true AND PASSWORD = 'theirs'`));
    await until(at(), async () => {
      const events = await list(at(), kubeEvents);
      const told = events.filter(({ reason, regarding }) => reason === 'DriftCorrected' && regarding?.name === 'ann');
      const notes = told.map(({ note }) => note).join('; ');
      for (const words of [/grants MODIFY/, /sets login and superuser of ann/, /sets the password of ann/])
        assert.match(notes, words);
    });
    await until(at(), async () => {
      await run(await accessOf('ann'), select, insert);
      await assert.rejects(run(await accessOf('ann'), `DROP TABLE ${table}`), refusesRight);
    });
    await until(at(), async () => {
      const access = await accessOf('dan');
      assert.equal(access.password, 'another-of-my-own');
      await run(access);
      await assert.rejects(run(former));
    });
  });

  it('gives another password when the Secret is deleted', async () => {
    const before = await accessOf('ann');
    await at().tools.kubectl(['delete', 'secret', secretName('ann'), '-n', at().namespace]);
    await until(at(), async () => {
      const after = await accessOf('ann');
      assert.notEqual(after.password, before.password);
      await run(after, select);
    });
    await until(at(), () => assert.rejects(run(before, select)));
  });

  it('rotates by turns, and who still has the former Secret is let in', async () => {
    const before = await accessOf('app');
    await at().tools.kubectl(['delete', 'secret', secretName('app'), '-n', at().namespace]);
    const after = await until(at(), async () => accessOf('app'));
    assert.deepEqual([before.username, after.username], ['Shop.App_a', 'Shop.App_b']);
    // At once: Cassandra knew it before the Secret named it.
    await run(after, select);
    await run(before, select);
    await assert.rejects(run(after, insert), refusesRight);
    const role = await untilService(at(), cassandraRoles, 'app', ({ status }) =>
      assert.equal(status?.username, after.username),
    );
    assert.ok(Date.parse(role.status?.formerUntil ?? '') > Date.now());
    await put('app', { name: 'Shop.App', rotation: { type: 'Turns', grace: '0s' }, grants: reads });
    await at().tools.kubectl(['delete', 'secret', secretName('app'), '-n', at().namespace]);
    const third = await until(at(), async () => accessOf('app'));
    assert.equal(third.username, before.username);
    await run(third, select);
    await until(at(), () => assert.rejects(run(after, select), /not permitted to log in/));
  });

  it('waits for what a role is granted, and refuses what is not its', async () => {
    const late = [{ resource: { keyspace: 'late' }, permissions: ['Select'] }];
    await apply(at(), cassandraRoles, 'cid', { cluster: name, grants: late });
    await apply(at(), cassandraRoles, 'tester', { cluster: name, name: 'cassandra' });
    await untilService(at(), cassandraRoles, 'cid', (role) => {
      const ready = conditionOf(role, 'Ready');
      assert.deepEqual([ready?.reason, ready?.status], ['Incomplete', 'False']);
      assert.match(ready?.message ?? '', /there is no keyspace late/);
    });
    await untilService(at(), cassandraRoles, 'tester', (role) =>
      assert.match(
        conditionOf(role, 'Stalled')?.message ?? '',
        /spec\.name: cassandra is the role that every Cassandra/,
      ),
    );
    await byHand(`CREATE KEYSPACE late WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3}`);
    await untilReady(at(), cassandraRoles, 'cid');
    await byHand('DROP KEYSPACE late');
    await byHand(`CREATE ROLE "by-hand" WITH LOGIN = true AND PASSWORD = 'theirs'`);
    await apply(at(), cassandraRoles, 'by-hand', { cluster: name });
    await untilService(at(), cassandraRoles, 'by-hand', (role) =>
      assert.equal(conditionOf(role, 'Stalled')?.reason, 'RoleExists'),
    );
  });

  it('keeps an identity for a role', async () => {
    const identity = "spiffe://example.com/it's";
    await put('ben', { identities: [identity] });
    const found = await query(at(), name, 'SELECT identity, role FROM system_auth.identity_to_role');
    assert.deepEqual(found, [{ identity, role: 'ben' }]);
  });

  it('keeps a role when its object goes, and drops it where that is asked for', async () => {
    const kept = await accessOf('ben');
    await put('ann', { deletionPolicy: 'Delete' });
    const dropped = await accessOf('ann');
    for (const role of ['ann', 'ben']) await remove(at(), cassandraRoles, role);
    await run(kept);
    await until(at(), () => assert.rejects(run(dropped)));
    const roles = await query(at(), name, 'SELECT role FROM system_auth.roles');
    assert.ok(!roles.some(({ role }) => role === 'ann'));
  });

  it('has passwords of roles nowhere but in their Secrets', async () => {
    const { password } = await accessOf('app');
    assert.ok(password.length >= 24);
    const { tools, namespace } = at();
    const seen = await Promise.all([
      tools.kubectl(['get', 'cassandraclusters,cassandraroles,pods,configmaps,events', '-n', namespace, '-o', 'yaml']),
      tools.kubectl(['logs', '-n', operatorNamespace, '--selector=app.kubernetes.io/name=stateward', '--tail=-1']),
      tools.kubectl(['logs', '-n', namespace, '--selector=stateward.dev/kind', '--all-containers', '--tail=-1']),
    ]);
    for (const text of seen) assert.ok(!text.includes(password));
    // What is left would be told of a keyspace that is not there.
    for (const role of ['cid', 'tester', 'by-hand']) await remove(at(), cassandraRoles, role);
    assert.ok((await read(at(), cassandraRoles, 'app')).status);
  });
}

function refusesRight(error: unknown): boolean {
  return error instanceof Error && /has no [A-Z_]+ permission|does not have sufficient privileges/.test(String(error));
}
