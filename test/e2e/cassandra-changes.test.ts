/** A CassandraCluster is changed while an application writes and reads. */
import assert from 'node:assert/strict';
import type { CassandraAccess } from '../../hack/clients/cassandra.ts';
import { type Authority, authorityOf } from '../../operators/cassandra/testing/tls.ts';
import { configMaps, persistentVolumeClaims } from '../../operators/kube/resource.ts';
import { isRetired } from '../../operators/workload/scale.ts';
import { clientCertificate } from '../lib/client-certificate.ts';
import { cassandraRoles, cassandras } from '../lib/resources.ts';
import { assertStalled } from '../lib/services.ts';
import {
  type Certified,
  giveAuthority,
  letSign,
  presentedBy,
  untilClientsLearn,
  untilSettled,
} from './lib/authorities.ts';
import { accessTo, secretOf, stateOf, withClient } from './lib/cassandra.ts';
import { assertNobodyDown, assertOneDown, cassandraLoad, underLoad } from './lib/changes.ts';
import { stateward } from './lib/cli.ts';
import { until, usePlace } from './lib/place.ts';
import { identities, logOf } from './lib/pods.ts';
import { servicesAtRest } from './lib/rest.ts';
import {
  apply,
  applySecret,
  list,
  read,
  smallCassandra,
  untilCassandraReady,
  untilReady,
  untilService,
} from './lib/services.ts';

const name = 'changing';
const members = ['changing-r1-0', 'changing-r2-0', 'changing-r3-0'];
const service: Certified = { product: 'cassandra', resource: cassandras, name };
const racks = ['a', 'b', 'c'].map((zone, index) => ({ name: `r${index + 1}`, zone }));

const identity = 'spiffe://example.com/app';

const certified = (mode: string): object => ({ authentication: { mode, clientCaSecretName: 'apps' } });

/** What an application comes by, and what is written down of it. */
const security = {
  ...certified('PasswordOrTls'),
  auditLog: {},
  guardrails: { columnsPerTable: { fail: 5 } },
};

function spec(rest: object = {}): object {
  const small = { placement: { membersPerNode: 'Any' }, ...smallCassandra };
  return { version: '5.0.8', replicas: 3, racks, ...small, ...security, ...rest };
}

/** With the next version, nobody comes without a certificate any more. */
function later(rest: object = {}): object {
  return spec({ version: '5.0.9', ...certified('MutualTls'), ...rest });
}

/** Then its members have certificates of the company. */
function last(rest: object = {}): object {
  return later({ certificates: { authority: { secretName: 'corporate' } }, ...rest });
}

describe('a CassandraCluster in use', () => {
  const at = usePlace('cassandra-changes');
  const untilRested = servicesAtRest();
  const load = cassandraLoad(at, name, { whom: async () => ({ ...(await byCertificate()), ca: () => trusted }) });
  let apps: Authority;
  let other: Authority;
  /** What an application has read of whom to trust. */
  let trusted = '';

  const byCertificate = async (signer = apps, whose = identity) => {
    const access = await accessTo(at(), name);
    return { ...access, password: 'nothing', identity: await clientCertificate(signer, whose) };
  };

  const make = (access: CassandraAccess, keyspace: string): Promise<unknown> => {
    const replication = `{'class': 'NetworkTopologyStrategy', 'dc1': 3}`;
    return withClient(access, (client) =>
      client.execute(`CREATE KEYSPACE ${keyspace} WITH replication = ${replication}`),
    );
  };

  async function learn(): Promise<void> {
    trusted = (await secretOf(at(), 'app-cassandra-role'))['ca.crt'] ?? '';
  }

  async function putRole(identities: string[]): Promise<void> {
    const grants = [{ resource: { keyspace: '*' }, permissions: ['Create', 'Modify', 'Select'] }];
    await apply(at(), cassandraRoles, 'app', { cluster: name, grants, identities });
    await untilReady(at(), cassandraRoles, 'app');
  }

  async function comeIn(signer: Authority): Promise<void> {
    await withClient(await byCertificate(signer), async () => {});
  }

  /** With certificates of their own, members read again whom they let in. */
  async function renewMembers(): Promise<void> {
    const before = await presentedBy(at(), service);
    const theirs = racks.map((rack) => `${name}-${rack.name}-tls`);
    await at().tools.kubectl(['delete', 'secret', ...theirs, '-n', at().namespace]);
    await until(at(), async () => {
      const now = await presentedBy(at(), service);
      for (const member of members) assert.notEqual(now[member], before[member], member);
    });
    await untilSettled(at(), service);
  }

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
    await putRole([identity]);
    await learn();
    const { username = '', password = '' } = await secretOf(at(), 'app-cassandra-role');
    const byPassword = { ...(await accessTo(at(), name)), username, password };
    await make(byPassword, 'by_password');
    await make(await byCertificate(), 'by_certificate');
    await assert.rejects(make(await byCertificate(apps, 'spiffe://example.com/stranger'), 'none'), /not authorized/);
    await assert.rejects(make(await byCertificate(await authorityOf('rogue')), 'none'));
    await assert.rejects(make({ ...byPassword, password: 'wrong' }, 'none'), /password are incorrect/);
    const wide = 'CREATE TABLE by_password.t (id int PRIMARY KEY, a int, b int, c int, d int, e int)';
    await assert.rejects(
      withClient(byPassword, (client) => client.execute(wide)),
      /cannot have more than 5 columns/,
    );
  });

  it('lets nobody in by an identity that is no longer one of the role', async () => {
    const access = await byCertificate();
    await putRole([]);
    await until(at(), () => assert.rejects(make(access, 'none'), /not authorized/));
    await putRole([identity]);
    await until(at(), () => make(access, 'once_more'));
  });

  it('writes down who did it, and never a password', async () => {
    const { password = '' } = await secretOf(at(), 'app-cassandra-role');
    const logs = await Promise.all(members.map((member) => logOf(at(), member, 'cassandra')));
    const log = logs.join('\n');
    assert.match(log, /user:stateward\|.*ALTER ROLE "app" WITH PASSWORD = '\*+'/);
    assert.match(log, /user:app\|.*type:CREATE_KEYSPACE\|.*by_certificate/);
    assert.match(log, /type:LOGIN_ERROR\|.*stranger' not authorized/);
    assert.ok(password.length > 0 && !log.includes(password));
  });

  it('takes the image of the next version, and demands a certificate of everybody, one member after another', async () => {
    const before = await identities(at(), name);
    assertOneDown(await underLoad(at(), load, () => changeTo(later())));
    assert.deepEqual(await restarted(before), members);
    assert.equal((await read(at(), cassandras, name)).status?.version, '5.0.9');
    // The superuser's own password, which is right.
    await assert.rejects(make(await accessTo(at(), name), 'none'));
  });

  it('is not left to passwords alone while clients have certificates alone', async () => {
    await apply(at(), cassandras, name, later({ authentication: { mode: 'Password' } }));
    await untilService(at(), cassandras, name, (seen) =>
      assertStalled(seen, 'ChangeRefused', /mode cannot become Password while .* set it to PasswordOrTls/),
    );
  });

  it('goes over to a CA below a root, while all clients show certificates, and nobody restarts', async () => {
    const before = await identities(at(), name);
    other = await authorityOf('other');
    const watch = await underLoad(at(), load, async () => {
      await giveAuthority(at());
      await applySecret(at(), 'apps', { 'ca.crt': [apps, other].map(({ certificate }) => certificate).join('') });
      await apply(at(), cassandras, name, last());
      const next = await untilClientsLearn(at(), service);
      await until(at(), async () => {
        await learn();
        assert.ok(trusted.includes(next.certificate.trim()));
      });
      await letSign(at(), service);
      await untilSettled(at(), service);
    });
    assertNobodyDown(watch);
    assert.deepEqual(await identities(at(), name), before);
    await make(await byCertificate(), 'by_the_former');
    await make(await byCertificate(other), 'by_the_other');
    await assert.rejects(make(await byCertificate(apps, 'spiffe://example.com/stranger'), 'none'), /not authorized/);
    await assert.rejects(make(await byCertificate(await authorityOf('rogue')), 'none'));
    await assert.rejects(make(await accessTo(at(), name), 'none'));
  });

  it('goes on with the CAs of clients when their Secret is gone, and lets nobody in by one that is taken out', async () => {
    const before = await identities(at(), name);
    const watch = await underLoad(at(), load, async () => {
      await at().tools.kubectl(['delete', 'secret', 'apps', '-n', at().namespace]);
      await renewMembers();
      await comeIn(apps);
      await comeIn(other);
      await applySecret(at(), 'apps', { 'ca.crt': apps.certificate });
      await until(at(), async () => {
        const { data } = await read(at(), configMaps, `${name}-cassandra-client-ca`);
        assert.equal(data?.['ca.crt']?.trim(), apps.certificate.trim());
      });
      await renewMembers();
      await comeIn(apps);
      await until(at(), () => assert.rejects(comeIn(other)));
    });
    assertNobodyDown(watch);
    assert.deepEqual(await identities(at(), name), before);
  });

  it('loses one member at most to a setting that Cassandra refuses, says why, and goes on with the right spec', async () => {
    const before = await identities(at(), name);
    const watch = await underLoad(at(), load, async () => {
      await apply(at(), cassandras, name, last({ config: { no_such_setting: 1 } }));
      await untilService(at(), cassandras, name, (seen) => assertStalled(seen, 'StepFailed', /no_such_setting/));
      assert.equal((await restarted(before)).length, 1);
      await changeTo(last());
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
    await changeTo(last({ replicas: 4 }));
    const before = await identities(at(), name);
    assert.ok(fourth in before);
    const watch = await underLoad(at(), load, () => changeTo(last()));
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

  describe('and services at rest beside it', () => {
    it('see no write for five minutes', untilRested);
  });
});
