/** The operator dies at any one write of a deployment; another goes on, and the outcome is the same. */
import { assertSame, deploy, forEachWrite, reference } from './operator/deploy.ts';
import { shapes } from './shapes.ts';

describe('a crash at any write of a deployment', () => {
  for (const shape of shapes) {
    it(`${shape.name}: right after the write`, async () => {
      const { final, writes } = await reference(shape);
      await forEachWrite(writes, async (fatal) => {
        const faults = (_: unknown, write: number) =>
          write === fatal ? { kind: 'Crash' as const, answered: true } : undefined;
        assertSame((await deploy(shape, { faults })).world, final);
      });
    });

    it(`${shape.name}: before the answer comes`, async () => {
      const { final, writes } = await reference(shape);
      await forEachWrite(writes, async (fatal) => {
        const faults = (_: unknown, write: number) =>
          write === fatal ? { kind: 'Crash' as const, answered: false } : undefined;
        assertSame((await deploy(shape, { faults })).world, final);
      });
    });
  }
});
