/** Certificates are renewed and CAs take the place of others: nobody restarts, and no member ever refuses another. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { secrets } from '../../operators/kube/resource.ts';
import { certificateNames, groupFilesOf, recordOf } from '../../operators/workload/certificates/secrets.ts';
import { assertReady, converge, services } from './operator/converge.ts';
import { type Change, changed, crashAtEachWrite, deploy } from './operator/deploy.ts';
import { interleave, moves } from './operator/leaders.ts';
import { Operator } from './operator/operator.ts';
import { assertIdle, eachOf, restarts } from './operator/roll.ts';
import { dedicatedKafka, mutualCassandra, rackedCassandra, type Shape } from './shapes.ts';
import { namespace, user, type World } from './world/world.ts';

const day = 86_400_000;

interface Subject {
  product: string;
  shape: Shape;
  /** The Secret of its CA. */
  authority: string;
  /** Those of its members. */
  members: readonly string[];
}

const subjects: Subject[] = [
  {
    product: 'a Kafka',
    shape: dedicatedKafka,
    authority: 'demo-kafka-ca-key',
    members: ['controller', 'broker'].map((pool) => certificateNames.members(`demo-${pool}`)),
  },
  {
    product: 'a Cassandra',
    shape: rackedCassandra,
    authority: 'ring-cassandra-ca-key',
    members: ['a', 'b', 'c'].map((rack) => certificateNames.members(`ring-r-${rack}`)),
  },
  {
    product: 'a Cassandra that demands one of its clients',
    shape: mutualCassandra,
    authority: 'ring-cassandra-ca-key',
    members: [certificateNames.members('ring-r1')],
  },
];

function secretData(world: World, name: string): Record<string, string> {
  return world.server.get(secrets, { namespace, name })?.data ?? {};
}

function authorityOf(world: World, { authority }: Subject) {
  return recordOf(world.server.get(secrets, { namespace, name: authority }));
}

function leavesOf(world: World, { members }: Subject): (string | undefined)[] {
  const found = members.map((name) => groupFilesOf(world.server.get(secrets, { namespace, name })));
  return found.flatMap(({ leaves }) => [...leaves.values()].map(({ certificate }) => certificate));
}

function edit(world: World, name: string, change: (data: Record<string, string>) => Record<string, string>): void {
  world.server.modify(user, secrets, { namespace, name }, (live) => ({ ...live, data: change(live.data ?? {}) }));
}

function forgetKey(world: World, { authority }: Subject): void {
  edit(world, authority, ({ 'ca.key': _, ...data }) => data);
}

/** One CA, which has signed what all members present and is the only one that they trust. */
function assertSettled(world: World, subject: Subject): void {
  assertReady(world);
  const record = authorityOf(world, subject);
  assert.ok(record?.signer.key);
  assert.deepEqual([record.next, record.former], [undefined, undefined]);
  assert.deepEqual(
    services(world).flatMap(({ status }) => status?.plans?.filter(({ name }) => name === 'certificates') ?? []),
    [],
  );
  assert.deepEqual(restarts(world), eachOf(world, 0));
}

interface Case {
  name: string;
  before?: (world: World, subject: Subject) => void;
  change: (world: World, subject: Subject) => void;
  newAuthority: boolean;
}

const cases: Case[] = [
  { name: 'near the end of certificates', change: (world) => world.pass(61 * day), newAuthority: false },
  { name: 'near the end of their CA', change: (world) => world.pass((3 * 365 - 179) * day), newAuthority: true },
  {
    name: 'with the Secret of the CA gone',
    change: (world, { authority }) => world.drop(secrets, authority),
    newAuthority: true,
  },
  {
    name: 'with the key of the CA gone',
    change: forgetKey,
    newAuthority: true,
  },
  {
    name: 'with the key of the next CA gone before it signs',
    before: forgetKey,
    change: (world, { authority }) => edit(world, authority, ({ 'next.key': _, ...data }) => data),
    newAuthority: true,
  },
  {
    name: 'with the certificates of members gone',
    change: (world, { members }) => {
      for (const name of members) world.drop(secrets, name);
    },
    newAuthority: false,
  },
];

/** Clients are given a day to learn of another CA. */
function caseOf(each: Case, subject: Subject): Change {
  const { before, change } = each;
  return {
    shape: subject.shape,
    ...(before && { before: (world) => before(world, subject) }),
    change: (world) => change(world, subject),
    passMs: 1.5 * day,
  };
}

for (const subject of subjects) {
  describe(`the certificates of ${subject.product}`, () => {
    for (const each of cases) {
      it(`are in order again ${each.name}, with a crash at every write`, async () => {
        const { world: before } = await deploy(subject.shape);
        const undisturbed = await changed(caseOf(each, subject));
        const { world, operator } = undisturbed;
        assertSettled(world, subject);
        const [now, then] = [world, before].map((one) => authorityOf(one, subject)?.signer.certificate);
        assert.equal(now === then, !each.newAuthority);
        const old = new Set(leavesOf(before, subject));
        assert.ok(leavesOf(world, subject).every((leaf) => !old.has(leaf)));
        await assertIdle(world, operator);
        await crashAtEachWrite(
          undisturbed,
          (options) => changed(caseOf(each, subject), options),
          1,
          (end, final) => {
            assertSettled(end, subject);
            assert.equal(Object.keys(final).length > 0, true);
          },
        );
      });
    }

    it('are in order again when everything that was trusted has ended', async () => {
      const { world, operator } = await deploy(subject.shape);
      world.pass(4 * 365 * day);
      await converge(world, operator);
      const { next, former } = authorityOf(world, subject) ?? {};
      assert.deepEqual([next, former], [undefined, undefined]);
      // Nobody trusted anybody before either.
      assert.ok(world.violations.every((what) => what.includes(' refuses ')));
      world.violations.length = 0;
      assertReady(world);
    });

    it('are in order again when all their Secrets are gone at once', async () => {
      const { world, operator } = await deploy(subject.shape);
      const before = authorityOf(world, subject)?.signer.certificate;
      for (const name of [subject.authority, ...subject.members]) world.drop(secrets, name);
      await converge(world, operator);
      // Until all of them have what is new.
      assert.ok(world.violations.every((what) => what.includes(' refuses ')));
      world.violations.length = 0;
      assertSettled(world, subject);
      assert.notEqual(authorityOf(world, subject)?.signer.certificate, before);
    });

    it('are in order again when they have ended and nobody can sign by their CA', async () => {
      const { world, operator } = await deploy(subject.shape);
      forgetKey(world, subject);
      for (const passes of [100, 1.5]) {
        world.pass(passes * day);
        await converge(world, operator);
      }
      // Nobody trusted anybody before either.
      assert.ok(world.violations.every((what) => what.includes(' refuses ')));
      world.violations.length = 0;
      assertSettled(world, subject);
    });

    it('are replaced once by two leaders', async () => {
      const property = fc.asyncProperty(moves, async (all) => {
        const { world } = await deploy(subject.shape);
        world.drop(secrets, subject.authority);
        await interleave(world, all);
        world.pass(1.5 * day);
        await converge(world, new Operator(world));
        assertSettled(world, subject);
      });
      await fc.assert(property, { numRuns: 15, seed: 21 });
    });

    it('are shown with their end, and never with their keys', async () => {
      const { world } = await deploy(subject.shape);
      const shown = services(world).flatMap(({ status }) => status?.members ?? []);
      assert.deepEqual(
        shown.map(({ certificate }) => certificate?.notAfter !== undefined),
        shown.map(() => true),
      );
      const keys = Object.values(secretData(world, subject.members[0] ?? '')).map((value) =>
        Buffer.from(value, 'base64').toString(),
      );
      const key = /-----BEGIN PRIVATE KEY-----\n(.{40})/.exec(keys.join('\n'))?.[1] ?? 'none';
      assert.ok(!JSON.stringify(services(world)).includes(key));
    });
  });
}
