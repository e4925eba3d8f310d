/**
 * Image archives without the layers that the receiver has. containerd reads every byte of a docker-archive, most of which
 * are the layers that all images share; an OCI layout may leave those out.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ImageArchive } from '../images/build.ts';
import { run } from '../run.ts';
import type { Work } from './layout.ts';

const manifestSchema = z.tuple([z.object({ Config: z.string(), Layers: z.array(z.string()) })]);
const configSchema = z.object({ rootfs: z.object({ diff_ids: z.array(z.string()) }) });

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
};

export interface Layer {
  /** Its name inside the archive. */
  file: string;
  /** Of the uncompressed content, which is also how containerd stores it. */
  digest: string;
  size: number;
}

export interface Parts {
  name: string;
  config: string;
  layers: Layer[];
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

function describe(mediaType: string, content: string): Descriptor {
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  return { mediaType, digest, size: Buffer.byteLength(content) };
}

/** The documents of an OCI layout: the image's manifest and the index that names it. */
export function ociDocuments({ name, config, layers }: Parts): { manifest: string; index: string } {
  const descriptors = layers.map(({ digest, size }): Descriptor => ({ mediaType: types.layer, digest, size }));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: describe(types.config, config),
    layers: descriptors,
  });
  const annotations = { 'io.containerd.image.name': name };
  const index = JSON.stringify({
    schemaVersion: 2,
    manifests: [{ ...describe(types.manifest, manifest), annotations }],
  });
  return { manifest, index };
}

/** The layers that a containerd with this root folder has. */
export function layersIn(root: string): Set<string> {
  const folder = join(root, 'io.containerd.content.v1.content', 'blobs', 'sha256');
  return new Set(existsSync(folder) ? readdirSync(folder).map((name) => `sha256:${name}`) : []);
}

/** File sizes by name, from `tar --list --verbose`. */
export function sizesIn(listing: string): Map<string, number> {
  const rows = listing.split('\n').map((line) => line.trim().split(/\s+/));
  return new Map(rows.map(([, , size = '', , , name = '']) => [name, Number(size)]));
}

async function readParts(image: ImageArchive, work: Work): Promise<Parts> {
  const read = (file: string) => run('tar', ['-xOf', image.archive, file], work);
  const [{ Config, Layers }] = manifestSchema.parse(JSON.parse(await read('manifest.json')));
  const [config, listing] = await Promise.all([read(Config), run('tar', ['-tvf', image.archive], work)]);
  const digests = configSchema.parse(JSON.parse(config)).rootfs.diff_ids;
  const sizes = sizesIn(listing);
  const layers = Layers.map((file, index) => ({ file, digest: digests[index] ?? '', size: sizes.get(file) ?? 0 }));
  return { name: image.name, config, layers };
}

function blobFile(folder: string, digest: string): string {
  return join(folder, 'blobs', 'sha256', digest.slice('sha256:'.length));
}

async function writeLayout(folder: string, archive: string, parts: Parts, layers: Layer[], work: Work): Promise<void> {
  mkdirSync(join(folder, 'blobs', 'sha256'), { recursive: true });
  const { manifest, index } = ociDocuments(parts);
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(folder, 'index.json'), index);
  writeFileSync(blobFile(folder, describe(types.manifest, manifest).digest), manifest);
  writeFileSync(blobFile(folder, describe(types.config, parts.config).digest), parts.config);
  if (layers.length === 0) return;
  await run('tar', ['-xf', archive, '-C', folder, ...layers.map(({ file }) => file)], { ...work, timeoutMs: 300_000 });
  for (const { file, digest } of layers) renameSync(join(folder, file), blobFile(folder, digest));
}

/** Lends a folder with the image as an OCI layout that lacks the layers in `present`. */
export async function withThinLayout<T>(
  image: ImageArchive,
  present: ReadonlySet<string>,
  work: Work,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'stateward-image-'));
  try {
    const parts = await readParts(image, work);
    const wanted = parts.layers.filter(({ digest }) => !present.has(digest));
    await writeLayout(folder, image.archive, parts, wanted, work);
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
