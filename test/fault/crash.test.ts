/** The operator dies at any one write of a deployment; another goes on, and the outcome is the same. */
import { assertSame, deploy, forEachWrite, reference } from './operator/deploy.ts';
import type { FaultPlan } from './operator/faults.ts';
import {
  cassandra,
  combinedKafka,
  dedicatedKafka,
  mutualCassandra,
  rackedCassandra,
  type Shape,
  sixCassandras,
} from './shapes.ts';

function crashAt(fatal: number, answered: boolean): FaultPlan {
  return (_, write) => (write === fatal ? { kind: 'Crash', answered } : undefined);
}

async function crashEverywhere(shape: Shape, answered: (write: number) => boolean, stride = 1): Promise<void> {
  const { final, writes, deeds } = await reference(shape);
  const attempt = async (fatal: number): Promise<void> => {
    const { world } = await deploy(shape, { faults: crashAt(fatal, answered(fatal)), follows: deeds });
    assertSame(world, final);
  };
  await forEachWrite(writes, attempt, stride);
}

describe('a crash at any write of a deployment', () => {
  for (const shape of [combinedKafka, dedicatedKafka, cassandra, rackedCassandra]) {
    it(`${shape.name}: right after the write`, () => crashEverywhere(shape, () => true));
    it(`${shape.name}: before the answer comes`, () => crashEverywhere(shape, () => false));
  }

  it(`${sixCassandras.name}: in turn before and after the answer`, () =>
    crashEverywhere(sixCassandras, (write) => write % 2 === 0));

  it(`${mutualCassandra.name}: at every third write, in turn before and after the answer`, () =>
    crashEverywhere(mutualCassandra, (write) => write % 2 === 0, 3));

  it(`${rackedCassandra.name}: at every fifth write, again and again`, async () => {
    const { final } = await reference(rackedCassandra);
    const faults: FaultPlan = (_, write) =>
      write > 0 && write % 5 === 0 ? { kind: 'Crash', answered: write % 2 === 0 } : undefined;
    assertSame((await deploy(rackedCassandra, { faults })).world, final);
  });
});
