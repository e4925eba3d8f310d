/** Other resources for members that run: nobody restarts for them where Kubernetes can do it. */
import assert from 'node:assert/strict';
import { ApiError } from '../../operators/kube/api.ts';
import { pods } from '../../operators/kube/resource.ts';
import { assertReady, converge } from './operator/converge.ts';
import { crashAtEachWrite, type Deployed, deploy } from './operator/deploy.ts';
import type { FaultPlan } from './operator/faults.ts';
import { Operator, type OperatorOptions } from './operator/operator.ts';
import { assertIdle, eachOf, outdated, restarts } from './operator/roll.ts';
import { cassandraRoll, kafkaRoll, type Shape } from './shapes.ts';
import type { World } from './world/world.ts';

interface Case {
  shape: Shape;
  give: (world: World, cpu: string) => void;
}

const cases: Case[] = [
  {
    shape: kafkaRoll.shape,
    give: (world, cpu) => {
      const pool = { name: 'kafka', roles: ['Controller', 'Broker'] };
      const resources = { requests: { cpu, memory: '2Gi' }, limits: { memory: '2Gi' } };
      world.put('KafkaCluster', 'demo', { pools: [{ ...pool, resources }] });
    },
  },
  {
    shape: cassandraRoll.shape,
    give: (world, cpu) => {
      world.put('CassandraCluster', 'ring', {
        resources: { requests: { cpu, memory: '4Gi' }, limits: { memory: '4Gi' } },
      });
    },
  },
];

function cpus(world: World): (string | undefined)[] {
  const requests = world.server.list(pods).map(({ spec }) => spec?.containers[0]?.resources?.requests?.['cpu']);
  return [...new Set(requests)];
}

async function resize({ shape, give }: Case, options: OperatorOptions = {}): Promise<Deployed & { start: number }> {
  const { world, operator } = await deploy(shape, options);
  const start = operator.writes;
  give(world, '1500m');
  await converge(world, operator);
  return { world, operator, start };
}

function assertResized(world: World): void {
  assertReady(world);
  assert.deepEqual(cpus(world), ['1500m']);
  assert.deepEqual(outdated(world), []);
}

const refusal = new ApiError(422, 'Invalid', 'Pod QOS Class may not change as a result of resizing');

describe('other resources', () => {
  for (const each of cases) {
    it(`${each.shape.name}: reach its members while they run, with a crash at every write`, async () => {
      const undisturbed = await resize(each);
      const { world, operator } = undisturbed;
      assertResized(world);
      assert.deepEqual(restarts(world), eachOf(world, 0));
      await assertIdle(world, operator);
      await crashAtEachWrite(undisturbed, (options) => resize(each, options));
    });

    it(`${each.shape.name}: come with a restart where the API server will not have it otherwise`, async () => {
      const faults: FaultPlan = ({ what }) =>
        what.includes('resize') ? { kind: 'Refused', error: refusal } : undefined;
      const { world } = await resize(each, { faults });
      assertResized(world);
      assert.deepEqual(restarts(world), eachOf(world, 1));
    });

    it(`${each.shape.name}: are no reason to restart for an operator that is new`, async () => {
      const { world } = await resize(each);
      const newer = new Operator(world, { name: 'new', agentsImage: 'agents:2' });
      await converge(world, newer);
      assertReady(world);
      assert.deepEqual(restarts(world), eachOf(world, 0));
    });
  }
});
