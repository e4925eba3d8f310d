/** Whom a real Cassandra lets in by a password or a certificate, what it refuses, and what it writes down of that. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'cassandra-driver';
import { request } from 'undici';
import type { Authentication } from '../../crds/cassandra-settings.ts';
import { type CassandraAccess, cassandraClient } from '../../hack/clients/cassandra.ts';
import type { Target } from '../../operators/cassandra/admin/admin.ts';
import { cassandraAdmin } from '../../operators/cassandra/admin/index.ts';
import { encryptionSettings } from '../../operators/cassandra/certificates.ts';
import { auditSettings, authenticationSettings } from '../../operators/cassandra/config/authentication.ts';
import { guardrailSettings } from '../../operators/cassandra/config/guardrails.ts';
import { modelOf } from '../../operators/cassandra/testing/cassandra.ts';
import { issueLeaf, type KeyPair } from '../../operators/tls/issue.ts';
import { clientCertificate } from '../lib/client-certificate.ts';
import { eventually } from '../lib/eventually.ts';
import { type CassandraProcesses, datacenter, ports, prepareCassandra } from './cassandra-processes.ts';
import { newAuthority, operatorOf } from './certificates.ts';

const identity = 'spiffe://example.com/app';
const own = { username: 'stateward', password: 'Secret-of-the-superuser' };
const app = { username: 'app', password: 'Secret-of-the-app' };
const nobody = { username: 'nobody', password: 'nothing' };
const hour = 3_600_000;
const validity = { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hour) };
const operatorWish = { name: 'stateward', role: 'stateward:operator', dnsNames: [], addresses: [], validity } as const;

const { spec } = modelOf({
  authentication: {
    mode: 'MutualTls',
    clientCaSecretName: 'apps',
    caches: { roles: { validity: '500ms', updateInterval: '1m' } },
  },
  auditLog: { excludedUsers: ['cassandra'] },
  guardrails: {
    refused: ['SimpleStrategy', 'AllowFiltering'],
    columnsPerTable: { warn: 3, fail: 4 },
    collectionSize: { warn: '1Ki', fail: '1Mi' },
    dataDiskUsagePercentage: { warn: 100, fail: 100 },
    maximumReplicationFactor: { fail: 5 },
  },
});

describe('who is let in by a real Cassandra', function () {
  this.timeout(300_000);
  const ending = new AbortController();
  const { signal } = ending;
  const folder = mkdtempSync(join(tmpdir(), 'stateward-cassandra-'));
  const logOf = (): string => readFileSync(join(folder, '0', 'log'), 'utf8');
  let mode: Authentication['mode'] = 'MutualTls';
  let members: KeyPair;
  let apps: KeyPair;
  let ring: CassandraProcesses;
  let target: Target;

  function settings(root: string): Record<string, unknown> {
    const { client_encryption_options: client } = encryptionSettings('Required', mode);
    const files = { keystore: join(root, 'own.pem'), truststore: join(folder, 'accepted.crt') };
    const { authenticator, ...caches } = authenticationSettings({ ...spec.authentication, mode });
    const { class_name, parameters } = Object(authenticator);
    return {
      ...caches,
      authenticator: { class_name, parameters: { ...parameters, operator_authorities: join(root, 'tls/ca.crt') } },
      authorizer: 'CassandraAuthorizer',
      role_manager: 'CassandraRoleManager',
      client_encryption_options: { ...Object(client), ...files },
      ...auditSettings(spec.auditLog),
      ...guardrailSettings(spec.guardrails, 3),
    };
  }

  before(async () => {
    [members, apps] = [await newAuthority('members'), await newAuthority('apps')];
    writeFileSync(join(folder, 'accepted.crt'), [apps, members].map(({ certificate }) => certificate).join('\n'));
    const certificates = { signer: members, trusted: [members.certificate] };
    const shape = { version: '5.0.9', nodes: 1, ringDelayMs: 1_000, network: 13 };
    ring = await prepareCassandra({ ...shape, certificates, settings }, folder, signal);
    target = { ...ring.addressOf(0, 'native'), datacenter, clear: false };
    await start();
  });

  async function start(): Promise<void> {
    ring.start(0);
    await eventually(
      async () => {
        const page = await request(`http://${ring.hostOf(0)}:${ports.agent}/ready`, { signal });
        assert.equal(page.statusCode, 200, await page.body.text());
      },
      { signal, timeoutMs: 200_000 },
    );
  }

  after(async () => {
    await ring.killAll();
    ending.abort();
    rmSync(folder, { recursive: true, force: true });
  });

  async function as<Result>(who: Partial<CassandraAccess>, use: (client: Client) => Promise<Result>): Promise<Result> {
    const access = { contactPoints: [ring.hostOf(0)], datacenter, ca: members.certificate, ...nobody, ...who };
    const client = cassandraClient(access, { repeat: false });
    try {
      await client.connect();
      return await use(client);
    } finally {
      await client.shutdown();
    }
  }

  const everyRole = (client: Client) => client.execute('LIST ROLES');

  async function rolesOf(who: Partial<CassandraAccess>): Promise<unknown[]> {
    const { rows } = await as(who, everyRole);
    return rows.map((row) => row.get('role'));
  }

  async function refusesLogin(who: Partial<CassandraAccess>, words: RegExp): Promise<void> {
    await assert.rejects(as(who, everyRole), (error: Error) => words.test(String(error.message)));
  }

  describe('that demands a certificate of everybody', () => {
    it('the operator, which makes its superuser', async () => {
      const admin = cassandraAdmin(await operatorOf(members));
      await eventually(async () => assert.equal((await admin.inspect(target, own, 1, signal)).kind, 'Default'), {
        signal,
        timeoutMs: 60_000,
      });
      await admin.createSuperuser(target, own, signal);
      assert.equal((await admin.inspect(target, own, 1, signal)).kind, 'Ours');
      assert.match(await admin.certificate(target, 'Cql', signal), /BEGIN CERTIFICATE/);
    });

    it('the operator, by its present password or the next one, until the member goes by the next one', async () => {
      const admin = cassandraAdmin(await operatorOf(members));
      const next = { ...own, password: 'next of the superuser' };
      const set = async (password: string) => {
        const changes = [{ kind: 'SetPassword', role: own.username, password }] as const;
        const refusals = await admin.changeRoles(target, { ...own, next }, changes, signal);
        assert.deepEqual([...refusals], []);
      };
      assert.equal(await admin.letsIn(target, own, signal), true);
      assert.equal(await admin.letsIn(target, next, signal), false);
      const { remembersMs } = await admin.roles(target, own, signal);
      await eventually(() => set(next.password), { signal, timeoutMs: 30_000 });
      assert.equal((await admin.inspect(target, { ...own, next }, 1, signal)).kind, 'Ours');
      const passed = { signal, timeoutMs: remembersMs + 10_000 };
      await eventually(async () => assert.equal(await admin.letsIn(target, own, signal), false), passed);
      assert.equal(await admin.letsIn(target, next, signal), true);
      assert.equal((await admin.inspect(target, { ...own, next }, 1, signal)).kind, 'Ours');
      await eventually(() => set(own.password), { signal, timeoutMs: 30_000 });
      await eventually(async () => assert.equal(await admin.letsIn(target, own, signal), true), passed);
    });

    it('a role by a certificate of its identity', async () => {
      const { identity: operator } = await operatorOf(members);
      await as({ ...own, identity: operator }, async (client) => {
        const { username, password } = app;
        // Cassandra keeps what is prepared, and may write it into its log as it is when it starts again.
        const statement = `CREATE ROLE ${username} WITH LOGIN = true AND PASSWORD = '${password}'`;
        await client.execute(statement, [], { prepare: false });
        await client.execute(`ADD IDENTITY '${identity}' TO ROLE '${username}'`);
        await client.execute(`GRANT CREATE ON ALL KEYSPACES TO ${username}`);
      });
      assert.deepEqual(await rolesOf({ identity: await clientCertificate(apps, identity) }), [app.username]);
    });

    it('nobody by a password, and nobody in the place of the operator', async () => {
      for (const who of [own, app, nobody]) await refusesLogin(who, /alert/);
      const { identity: operator } = await operatorOf(members);
      await refusesLogin({ ...own, password: 'wrong', identity: operator }, /stateward and\/or password are incorrect/);
      const pretended = await issueLeaf(operatorWish, apps);
      await refusesLogin({ ...own, identity: pretended }, /Unable to extract Spiffe/);
      const rogue = await issueLeaf(operatorWish, await newAuthority('rogue'));
      await refusesLogin({ ...own, identity: rogue }, /alert/);
      const member = await issueLeaf({ ...operatorWish, role: 'stateward:member' }, members);
      await refusesLogin({ ...own, identity: member }, /Unable to extract Spiffe/);
    });
  });

  describe('that takes a certificate or a password', () => {
    before(async () => {
      await ring.kill(0);
      mode = 'PasswordOrTls';
      ring.configure(0);
      await start();
    });

    it('the operator, also where others may have a password', async () => {
      const admin = cassandraAdmin(await operatorOf(members));
      assert.equal((await admin.inspect(target, own, 1, signal)).kind, 'Ours');
      assert.match(await admin.certificate(target, 'Cql', signal), /BEGIN CERTIFICATE/);
    });

    it('a role by its password, and by a certificate of its identity', async () => {
      for (const who of [app, { identity: await clientCertificate(apps, identity) }])
        assert.deepEqual(await rolesOf(who), [app.username]);
    });

    it('nobody else', async () => {
      await refusesLogin({ ...app, password: 'wrong' }, /username app and\/or password are incorrect/);
      const stranger = await clientCertificate(apps, 'spiffe://example.com/stranger');
      await refusesLogin({ ...app, identity: stranger }, /'spiffe:\/\/example\.com\/stranger' not authorized/);
      await refusesLogin({ ...app, identity: await clientCertificate(apps) }, /Unable to extract Spiffe/);
      const rogue = await clientCertificate(await newAuthority('rogue'), identity);
      await refusesLogin({ ...app, identity: rogue }, /alert/);
    });

    it('a role that the guardrails hold back, and the superuser, whom they do not', async () => {
      const simple = (name: string): string =>
        `CREATE KEYSPACE ${name} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`;
      const topology = (name: string, factor: number): string =>
        `CREATE KEYSPACE ${name} WITH replication = {'class': 'NetworkTopologyStrategy', '${datacenter}': ${factor}}`;
      const table = (columns: string): string => `CREATE TABLE few.t (id int PRIMARY KEY, ${columns})`;
      await as(app, async (client) => {
        await assert.rejects(client.execute(simple('mine')), /SimpleStrategy is not allowed/);
        await assert.rejects(client.execute(topology('many', 6)), /above the failure threshold of 5/);
        const { info } = await client.execute(topology('few', 1));
        assert.match(String(info.warnings), /replication factor of 1, below the warning threshold of 3/);
        await assert.rejects(client.execute(table('a int, b int, c int, d int')), /cannot have more than 4 columns/);
        await client.execute(table('a list<text>'));
        await assert.rejects(
          client.execute('SELECT id FROM few.t WHERE a CONTAINS $$x$$ ALLOW FILTERING'),
          /not allowed/,
        );
        const long = Array.from({ length: 40 }, () => `'${'x'.repeat(50)}'`).join();
        const written = await client.execute(`INSERT INTO few.t (id, a) VALUES (1, [${long}])`);
        assert.match(String(written.info.warnings), /collection_size/);
      });
      await as(own, (client) => client.execute(simple('operators')));
    });

    it('is written down, and never a password', async () => {
      await as(own, async (client) => {
        await assert.rejects(client.execute(`ALTER ROLE missing WITH PASSWORD = '${app.password}'`));
        await assert.rejects(client.execute(`CREATE ROLE broken WITH PASSWORD = '${app.password}`));
      });
      const lines = logOf()
        .split('\n')
        .filter((line) => line.includes('|category:'));
      const said = (...words: string[]): boolean => lines.some((line) => words.every((word) => line.includes(word)));
      assert.ok(
        said('user:stateward', 'type:CREATE_ROLE', "CREATE ROLE app WITH LOGIN = true AND PASSWORD = '*******'"),
      );
      assert.ok(said('type:LOGIN_SUCCESS', 'user:app'));
      assert.ok(said('type:LOGIN_ERROR', "'spiffe://example.com/stranger' not authorized"));
      assert.ok(said('category:ERROR', 'SimpleStrategy is not allowed'));
      assert.ok(!said('category:QUERY') && !said('category:DML'), 'statements of applications are not asked for');
      assert.ok(!said('user:cassandra'));
      assert.ok(!logOf().includes('Secret-of-'));
    });
  });
});
