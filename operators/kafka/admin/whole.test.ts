import assert from 'node:assert/strict';
import fc from 'fast-check';
import { inHalves, type Result } from './whole.ts';

const most = 10;
const tooMuch = { errorCode: 44, errorMessage: 'Excessively large number of partitions per request.' };

/** As a controller that takes so much at once, and refuses the whole request otherwise. */
function controller() {
  const asked: number[][] = [];
  const ask = async (items: readonly number[]): Promise<Result[]> => {
    asked.push([...items]);
    const isRefused = items.reduce((sum, item) => sum + item, 0) > most;
    return items.map((item) => ({ name: `${item}`, ...(isRefused ? tooMuch : { errorCode: 0 }) }));
  };
  return { asked, ask };
}

describe('a request about many things', () => {
  it('is made at once where it is not too large', async () => {
    const { asked, ask } = controller();
    await inHalves([1, 2, 3], ask);
    assert.deepEqual(asked, [[1, 2, 3]]);
  });

  it('comes to all that are not too large by themselves, in their order', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2 * most), { maxLength: 50 }), async (items) => {
        const results = await inHalves(items, controller().ask);
        assert.deepEqual(
          results.map(({ name, errorCode }) => [name, errorCode]),
          items.map((item) => [`${item}`, item > most ? tooMuch.errorCode : 0]),
        );
      }),
    ));

  it('is not made again for what each one is refused for', async () => {
    let requests = 0;
    await inHalves([1, 2], async () => {
      requests += 1;
      return [1, 2].map((item) => ({ name: `${item}`, errorCode: 44, errorMessage: 'no topic may be called so' }));
    });
    assert.equal(requests, 1);
  });
});
