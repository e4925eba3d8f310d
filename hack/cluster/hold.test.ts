import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holding } from './hold.ts';

describe('holding', () => {
  let cache = '';
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'hold-test-'));
    writeFileSync(join(cache, 'i.tar'), 'content');
  });
  afterEach(() => rmSync(cache, { recursive: true }));

  it('keeps an archive that is removed meanwhile, and lets go of it afterwards', async () => {
    const image = { name: 'i', key: '1', archive: join(cache, 'i.tar') };
    await holding([image], cache, async ([held]) => {
      rmSync(image.archive);
      assert.equal(readFileSync(held?.archive ?? '', 'utf8'), 'content');
    });
    assert.deepEqual(readdirSync(join(cache, 'held')), []);
  });

  it('removes what a killed run held', async () => {
    const forgotten = join(cache, 'held', '999999999-x');
    mkdirSync(forgotten, { recursive: true });
    await holding([], cache, async () => assert.equal(existsSync(forgotten), false));
  });
});
