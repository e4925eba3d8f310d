/** A member loses its volume in the middle of a roll. */
import assert from 'node:assert/strict';
import { persistentVolumeClaims, pods } from '../../operators/kube/resource.ts';
import { assertReady, converge, services, statusLine, turn, turns } from './operator/converge.ts';
import { type Deployed, deploy } from './operator/deploy.ts';
import { outdated } from './operator/roll.ts';
import { cassandraRoll, kafkaRoll, type Roll } from './shapes.ts';
import { spoilt } from './world/kubelet.ts';

/** Somebody removes the volume of a member, or its disk is gone for good. */
async function loseMidway({ shape, change }: Roll, member: string, later: number): Promise<Deployed> {
  const { world, operator } = await deploy(shape);
  change(world);
  for (let round = 0; round < 100 && outdated(world).length === 3; round += 1) await turn(world, operator);
  await turns(later, world, operator);
  world.drop(persistentVolumeClaims, `data-${member}`);
  world.drop(pods, member);
  await converge(world, operator);
  assert.deepEqual(world.violations, []);
  return { world, operator };
}

function stalled({ world }: Deployed): string {
  const conditions = services(world).flatMap(({ status }) => status?.conditions ?? []);
  return conditions.find(({ type, status }) => type === 'Stalled' && status === 'True')?.message ?? '';
}

describe('a volume that is lost in the middle of a roll', () => {
  for (const later of [0, 4, 8]) {
    for (const member of ['demo-kafka-0', 'demo-kafka-1', 'demo-kafka-2']) {
      it(`${kafkaRoll.name}: ${member}, ${later} turns after the first: the member is filled again`, async () => {
        const { world } = await loseMidway(kafkaRoll, member, later);
        assertReady(world);
        assert.deepEqual(outdated(world), []);
      });
    }

    for (const member of ['ring-r1-0', 'ring-r1-1', 'ring-r1-2']) {
      it(`${cassandraRoll.name}: ${member}, ${later} turns after the first: it waits for a replacement`, async () => {
        const scene = await loseMidway(cassandraRoll, member, later);
        const { world, operator } = scene;
        assert.match(stalled(scene), /its volume is empty/, statusLine(world));
        const service = { kind: 'CassandraCluster', name: 'ring' };
        world.operate('once', { service, type: 'Replace', members: [member] });
        await converge(world, operator);
        assertReady(world);
        assert.deepEqual(outdated(world), []);
      });
    }
  }

  for (const [each, service, member] of [
    [kafkaRoll, { kind: 'KafkaCluster', name: 'demo' }, 'demo-kafka-1'],
    [cassandraRoll, { kind: 'CassandraCluster', name: 'ring' }, 'ring-r1-0'],
  ] as const) {
    it(`${each.name}: a member that hangs on its data holds up the roll until it is replaced`, async () => {
      const { world, operator } = await deploy(each.shape);
      const claim = world.server.get(persistentVolumeClaims, { namespace: 'ns', name: `data-${member}` });
      assert.ok(claim !== undefined);
      world.kubelet.disk(claim).set(spoilt, 'yes');
      each.change(world);
      await converge(world, operator);
      assert.deepEqual(world.violations, []);
      assert.notEqual(outdated(world).length, 0, 'nobody goes down beside it');
      world.operate('once', { service, type: 'Replace', members: [member] });
      await converge(world, operator);
      assertReady(world);
      assert.deepEqual(outdated(world), []);
    });
  }
});
