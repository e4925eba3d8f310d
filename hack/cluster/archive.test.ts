import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageArchive } from '../images/build.ts';
import { run } from '../run.ts';
import { ociDocuments, sizesIn, withThinLayout } from './archive.ts';
import { missingImages } from './images.ts';

const work = { say: () => {}, signal: new AbortController().signal };

function digestOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

async function archiveIn(folder: string, layers: Record<string, string>): Promise<ImageArchive> {
  const files = Object.entries(layers);
  const config = JSON.stringify({ rootfs: { diff_ids: files.map(([, content]) => digestOf(content)) } });
  const manifest = [{ Config: 'c.json', RepoTags: ['docker.io/t/i:1'], Layers: files.map(([name]) => name) }];
  for (const [name, content] of [...files, ['c.json', config], ['manifest.json', JSON.stringify(manifest)]] as const) {
    writeFileSync(join(folder, name), content);
  }
  await run(
    'tar',
    ['-cf', join(folder, 'i.tar'), '-C', folder, 'manifest.json', 'c.json', ...Object.keys(layers)],
    work,
  );
  return { name: 'docker.io/t/i:1', archive: join(folder, 'i.tar'), key: '1' };
}

describe('withThinLayout', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'archive-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('has the layers that the receiver lacks, under their digests, and no other', async () => {
    const image = await archiveIn(folder, { 'base.tar': 'base', 'top.tar': 'the top' });
    const present = new Set([digestOf('base')]);
    await withThinLayout(image, present, work, async (layout) => {
      const blobs = readdirSync(join(layout, 'blobs', 'sha256')).map((name) => `sha256:${name}`);
      assert.ok(blobs.includes(digestOf('the top')));
      assert.ok(!blobs.includes(digestOf('base')));
      for (const blob of blobs) {
        const content = readFileSync(join(layout, 'blobs', 'sha256', blob.slice(7)), 'utf8');
        assert.equal(digestOf(content), blob);
      }
    });
  });

  it('names all layers in the manifest, with their sizes', async () => {
    const image = await archiveIn(folder, { 'base.tar': 'base', 'top.tar': 'the top' });
    await withThinLayout(image, new Set([digestOf('base')]), work, async (layout) => {
      const [{ digest }] = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')).manifests;
      const manifest = JSON.parse(readFileSync(join(layout, 'blobs', 'sha256', digest.slice(7)), 'utf8'));
      const layers = manifest.layers.map((layer: { digest: string; size: number }) => [layer.digest, layer.size]);
      assert.deepEqual(layers, [
        [digestOf('base'), 4],
        [digestOf('the top'), 7],
      ]);
    });
  });

  it('leaves nothing behind, not even after a failure', async () => {
    const image = await archiveIn(folder, { 'base.tar': 'base' });
    let lent = '';
    const failing = withThinLayout(image, new Set(), work, async (layout) => {
      lent = layout;
      throw new Error('no');
    });
    await assert.rejects(failing, /no/);
    assert.throws(() => readdirSync(lent));
  });
});

describe('ociDocuments', () => {
  it('gives the image its name', () => {
    const { index } = ociDocuments({ name: 'docker.io/t/i:1', config: '{}', layers: [] });
    assert.equal(JSON.parse(index).manifests[0].annotations['io.containerd.image.name'], 'docker.io/t/i:1');
  });
});

describe('sizesIn', () => {
  it('reads the listing of tar', () => {
    const sizes = sizesIn(
      '-r--r--r-- 0/0        75298304 1970-01-01 00:00 a.tar\n-r--r--r-- 0/0 3 1970-01-01 00:00 b/VERSION\n',
    );
    assert.equal(sizes.get('a.tar'), 75298304);
    assert.equal(sizes.get('b/VERSION'), 3);
  });
});

describe('missingImages', () => {
  it('are those that are absent or have another content', () => {
    const image = (name: string, key: string) => ({ name, key, archive: '' });
    const wanted = [image('a', '1'), image('b', '2'), image('c', '3')];
    assert.deepEqual(
      missingImages(wanted, { a: '1', b: '1' }).map(({ name }) => name),
      ['b', 'c'],
    );
  });
});
