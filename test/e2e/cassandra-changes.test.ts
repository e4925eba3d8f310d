/** A CassandraCluster is changed while an application writes and reads. */
import assert from 'node:assert/strict';
import { type Authority, authorityOf } from '../../operators/cassandra/testing/tls.ts';
import { persistentVolumeClaims } from '../../operators/kube/resource.ts';
import { isRetired } from '../../operators/workload/scale.ts';
import { clientCertificate } from '../lib/client-certificate.ts';
import { cassandras } from '../lib/resources.ts';
import { assertStalled } from '../lib/services.ts';
import { accessTo, stateOf, withClient } from './lib/cassandra.ts';
import { assertNobodyDown, assertOneDown, cassandraLoad, underLoad } from './lib/changes.ts';
import { stateward } from './lib/cli.ts';
import { usePlace } from './lib/place.ts';
import { identities, logOf } from './lib/pods.ts';
import { apply, applySecret, list, read, smallCassandra, untilCassandraReady, untilService } from './lib/services.ts';

const name = 'changing';
const members = ['changing-r1-0', 'changing-r2-0', 'changing-r3-0'];
const racks = ['a', 'b', 'c'].map((zone, index) => ({ name: `r${index + 1}`, zone }));

const identity = 'spiffe://example.com/app';
const password = 'Secret-of-the-app';

/** What an application comes by, and what is written down of it. */
const security = {
  authentication: { mode: 'PasswordOrTls', clientCaSecretName: 'apps' },
  auditLog: {},
  guardrails: { columnsPerTable: { fail: 5 } },
};

function spec(rest: object = {}): object {
  const small = { placement: { membersPerNode: 'Any' }, ...smallCassandra };
  return { version: '5.0.8', replicas: 3, racks, ...small, ...security, ...rest };
}

describe('a CassandraCluster in use', () => {
  const at = usePlace('cassandra-changes');
  const load = cassandraLoad(at, name);
  let apps: Authority;

  async function changeTo(wanted: object): Promise<void> {
    await apply(at(), cassandras, name, wanted);
    await untilCassandraReady(at(), name);
  }

  async function restarted(before: Record<string, string>): Promise<string[]> {
    const after = await identities(at(), name);
    return members.filter((member) => after[member] !== before[member]);
  }

  it('waits for the CA of clients, and becomes Ready with it', async () => {
    apps = await authorityOf('apps');
    await apply(at(), cassandras, name, spec());
    await untilService(at(), cassandras, name, (seen) =>
      assertStalled(seen, 'SecretNotFound', /spec\.authentication\.clientCaSecretName: there is no Secret apps/),
    );
    await applySecret(at(), 'apps', { 'ca.crt': apps.certificate });
    await untilCassandraReady(at(), name);
  });

  it('lets an application in by a password or a certificate, and holds it back where it is told to', async () => {
    const statements = [
      `CREATE ROLE app WITH LOGIN = true AND PASSWORD = '${password}'`,
      `ADD IDENTITY '${identity}' TO ROLE 'app'`,
      'GRANT CREATE ON ALL KEYSPACES TO app',
    ];
    await withClient(await accessTo(at(), name), async (client) => {
      for (const statement of statements) await client.execute(statement);
    });
    const access = { ...(await accessTo(at(), name)), username: 'app', password };
    const make = (who: object, keyspace: string): Promise<unknown> => {
      const replication = `{'class': 'NetworkTopologyStrategy', 'dc1': 3}`;
      const statement = `CREATE KEYSPACE ${keyspace} WITH replication = ${replication}`;
      return withClient({ ...access, ...who }, (client) => client.execute(statement));
    };
    await make({}, 'by_password');
    await make({ password: 'nothing', identity: await clientCertificate(apps, identity) }, 'by_certificate');
    const stranger = await clientCertificate(apps, 'spiffe://example.com/stranger');
    await assert.rejects(make({ identity: stranger }, 'none'), /not authorized/);
    const rogue = await clientCertificate(await authorityOf('rogue'), identity);
    await assert.rejects(make({ identity: rogue }, 'none'));
    await assert.rejects(make({ password: 'wrong' }, 'none'), /password are incorrect/);
    const wide = 'CREATE TABLE by_password.t (id int PRIMARY KEY, a int, b int, c int, d int, e int)';
    await assert.rejects(
      withClient(access, (client) => client.execute(wide)),
      /cannot have more than 5 columns/,
    );
  });

  it('writes down who did it, and never a password', async () => {
    const logs = await Promise.all(members.map((member) => logOf(at(), member, 'cassandra')));
    const log = logs.join('\n');
    assert.match(log, /user:\S+\|.*CREATE ROLE app WITH LOGIN = true AND PASSWORD = '\*+'/);
    assert.match(log, /user:app\|.*type:CREATE_KEYSPACE\|.*by_certificate/);
    assert.match(log, /type:LOGIN_ERROR\|.*stranger' not authorized/);
    assert.ok(!log.includes(password));
  });

  it('takes the image of the next version, one member after another', async () => {
    const before = await identities(at(), name);
    assertOneDown(await underLoad(at(), load, () => changeTo(spec({ version: '5.0.9' }))));
    assert.deepEqual(await restarted(before), members);
    assert.equal((await read(at(), cassandras, name)).status?.version, '5.0.9');
  });

  it('loses one member at most to a setting that Cassandra refuses, says why, and goes on with the right spec', async () => {
    const before = await identities(at(), name);
    const watch = await underLoad(at(), load, async () => {
      await apply(at(), cassandras, name, spec({ version: '5.0.9', config: { no_such_setting: 1 } }));
      await untilService(at(), cassandras, name, (seen) => assertStalled(seen, 'StepFailed', /no_such_setting/));
      assert.equal((await restarted(before)).length, 1);
      await changeTo(spec({ version: '5.0.9' }));
    });
    assertOneDown(watch);
  });

  it('builds a member anew, with the data of its peers', async () => {
    const [, second = ''] = members;
    const before = await stateOf(at(), second);
    const watch = await underLoad(at(), load, async () => {
      await stateward(at(), ['member', 'replace', name, second, '--yes', '--wait'], 800_000);
      await untilCassandraReady(at(), name);
    });
    assertOneDown(watch);
    const after = await stateOf(at(), second);
    assert.notEqual(after.hostId, before.hostId);
    for (const member of members) assert.equal((await stateOf(at(), member)).live.length, members.length);
  });

  it('takes one member more, and lets it go with what it has handed over', async () => {
    const fourth = 'changing-r1-1';
    await changeTo(spec({ version: '5.0.9', replicas: 4 }));
    const before = await identities(at(), name);
    assert.ok(fourth in before);
    const watch = await underLoad(at(), load, () => changeTo(spec({ version: '5.0.9' })));
    assertNobodyDown(watch, [fourth]);
    const { [fourth]: _gone, ...stay } = before;
    assert.deepEqual(await identities(at(), name), stay);
    for (const member of members) assert.equal((await stateOf(at(), member)).live.length, members.length);
    const claims = await list(at(), persistentVolumeClaims);
    assert.deepEqual(
      claims.filter(isRetired).map(({ metadata }) => metadata.name),
      [`data-${fourth}`],
    );
  });
});
