/** Certificates are renewed and CAs take the place of others: nobody restarts, and no member ever refuses another. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { secrets } from '../../operators/kube/resource.ts';
import { certificateNames, groupFilesOf, recordOf } from '../../operators/workload/certificates/secrets.ts';
import { assertReady, converge, services } from './operator/converge.ts';
import { crashAtEachWrite, type Deployed, deploy } from './operator/deploy.ts';
import { interleave, moves } from './operator/leaders.ts';
import { Operator, type OperatorOptions } from './operator/operator.ts';
import { assertIdle, eachOf, restarts } from './operator/roll.ts';
import { dedicatedKafka } from './shapes.ts';
import { namespace, user, type World } from './world/world.ts';

const day = 86_400_000;
const authority = 'demo-kafka-ca-key';
const members = ['controller', 'broker'].map((pool) => certificateNames.members(`demo-${pool}`));

function secretData(world: World, name: string): Record<string, string> {
  return world.server.get(secrets, { namespace, name })?.data ?? {};
}

function authorityOf(world: World) {
  return recordOf(world.server.get(secrets, { namespace, name: authority }));
}

function leavesOf(world: World): (string | undefined)[] {
  const found = members.map((name) => groupFilesOf(world.server.get(secrets, { namespace, name })));
  return found.flatMap(({ leaves }) => [...leaves.values()].map(({ certificate }) => certificate));
}

function edit(world: World, name: string, change: (data: Record<string, string>) => Record<string, string>): void {
  world.server.modify(user, secrets, { namespace, name }, (live) => ({ ...live, data: change(live.data ?? {}) }));
}

/** One CA, which has signed what all members present and is the only one that they trust. */
function assertSettled(world: World): void {
  assertReady(world);
  const record = authorityOf(world);
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
  change: (world: World) => void;
  newAuthority: boolean;
}

const cases: Case[] = [
  { name: 'near the end of certificates', change: (world) => world.pass(61 * day), newAuthority: false },
  { name: 'near the end of their CA', change: (world) => world.pass((3 * 365 - 179) * day), newAuthority: true },
  { name: 'with the Secret of the CA gone', change: (world) => world.drop(secrets, authority), newAuthority: true },
  {
    name: 'with the key of the CA gone',
    change: (world) => edit(world, authority, ({ 'ca.key': _, ...data }) => data),
    newAuthority: true,
  },
  {
    name: 'with the certificates of members gone',
    change: (world) => {
      for (const name of members) world.drop(secrets, name);
    },
    newAuthority: false,
  },
];

async function changed({ change }: Case, options: OperatorOptions = {}): Promise<Deployed & { start: number }> {
  const { world, operator } = await deploy(dedicatedKafka, options);
  const start = operator.writes;
  change(world);
  await converge(world, operator);
  // Clients are given a day to learn of another CA.
  world.pass(1.5 * day);
  await converge(world, operator);
  return { world, operator, start };
}

describe('the certificates of a Kafka', () => {
  for (const each of cases) {
    it(`are in order again ${each.name}, with a crash at every write`, async () => {
      const { world: before } = await deploy(dedicatedKafka);
      const undisturbed = await changed(each);
      const { world, operator } = undisturbed;
      assertSettled(world);
      const kept = authorityOf(world)?.signer.certificate === authorityOf(before)?.signer.certificate;
      assert.equal(kept, !each.newAuthority);
      const old = new Set(leavesOf(before));
      assert.ok(leavesOf(world).every((leaf) => !old.has(leaf)));
      await assertIdle(world, operator);
      await crashAtEachWrite(
        undisturbed,
        (options) => changed(each, options),
        1,
        (end, final) => {
          assertSettled(end);
          assert.equal(Object.keys(final).length > 0, true);
        },
      );
    });
  }

  it('are in order again when everything that was trusted has ended', async () => {
    const { world, operator } = await deploy(dedicatedKafka);
    world.pass(4 * 365 * day);
    await converge(world, operator);
    const { next, former } = authorityOf(world) ?? {};
    assert.deepEqual([next, former], [undefined, undefined]);
    // Nobody trusted anybody before either.
    assert.ok(world.violations.every((what) => what.includes(' refuses ')));
    world.violations.length = 0;
    assertReady(world);
  });

  it('are replaced once by two leaders', async () => {
    const property = fc.asyncProperty(moves, async (all) => {
      const { world } = await deploy(dedicatedKafka);
      world.drop(secrets, authority);
      await interleave(world, all);
      world.pass(1.5 * day);
      await converge(world, new Operator(world));
      assertSettled(world);
    });
    await fc.assert(property, { numRuns: 15, seed: 21 });
  });

  it('are shown with their end, and never with their keys', async () => {
    const { world } = await deploy(dedicatedKafka);
    const shown = services(world).flatMap(({ status }) => status?.members ?? []);
    assert.deepEqual(
      shown.map(({ certificate }) => certificate?.notAfter !== undefined),
      shown.map(() => true),
    );
    const keys = Object.values(secretData(world, members[0] ?? '')).map((value) =>
      Buffer.from(value, 'base64').toString(),
    );
    const key = /-----BEGIN PRIVATE KEY-----\n(.{40})/.exec(keys.join('\n'))?.[1] ?? 'none';
    assert.ok(!JSON.stringify(services(world)).includes(key));
  });
});
