import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyOf, keyOfFiles } from './keys.ts';
import { inTurn, lazily, once } from './workshop.ts';

describe('what is made once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'workshop-'));
  const workshop = { signal: new AbortController().signal, say: () => {}, cache: folder };
  after(() => rmSync(folder, { recursive: true }));

  it('is not made again', async () => {
    const path = join(folder, 'kept');
    await once(workshop, path, 'a', async (part) => writeFileSync(part, 'first'));
    await once(workshop, path, 'a', async (part) => writeFileSync(part, 'second'));
    assert.equal(readFileSync(path, 'utf8'), 'first');
  });

  it('is not there after a failure, and the next try starts empty', async () => {
    const path = join(folder, 'failed');
    const failing = once(workshop, path, 'a', async (part) => {
      mkdirSync(part);
      throw new Error('stopped half way');
    });
    await assert.rejects(failing, /half way/);
    assert.equal(existsSync(path), false);
    await once(workshop, path, 'a', async (part) => void mkdirSync(part));
    assert.equal(existsSync(path), true);
  });

  it('is asked for by several and made at the first call', async () => {
    let calls = 0;
    const made = lazily(async () => ++calls);
    assert.deepEqual(await Promise.all([made(), made()]), [1, 1]);
  });

  it('goes on in turn, also after a failure', async () => {
    const turn = inTurn();
    const seen: string[] = [];
    const first = turn(async () => {
      await Promise.resolve();
      seen.push('first');
      throw new Error('first fails');
    });
    const second = turn(async () => void seen.push('second'));
    await assert.rejects(first);
    await second;
    assert.deepEqual(seen, ['first', 'second']);
  });
});

describe('a content key', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  after(() => rmSync(folder, { recursive: true }));

  it('tells apart parts that look the same when joined', () => {
    assert.notEqual(keyOf('ab', 'c'), keyOf('a', 'bc'));
    assert.equal(keyOf('ab', 'c'), keyOf('ab', 'c'));
  });

  it('changes with names and contents of files, not with files that do not count', () => {
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub/a.ts'), '1');
    const before = keyOfFiles(folder, ['sub'], (file) => !file.endsWith('.test.ts'));
    writeFileSync(join(folder, 'sub/a.test.ts'), '1');
    assert.equal(
      keyOfFiles(folder, ['sub'], (file) => !file.endsWith('.test.ts')),
      before,
    );
    writeFileSync(join(folder, 'sub/a.ts'), '2');
    assert.notEqual(
      keyOfFiles(folder, ['sub'], (file) => !file.endsWith('.test.ts')),
      before,
    );
  });
});
