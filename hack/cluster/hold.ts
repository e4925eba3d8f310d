/** Keeps image archives for the time of their import: a build meanwhile replaces those whose sources changed. */
import { existsSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ImageArchive } from '../images/build.ts';

/** What killed runs held. */
function removeForgotten(root: string): void {
  for (const pid of existsSync(root) ? readdirSync(root) : []) {
    if (!existsSync(`/proc/${pid.split('-')[0]}`)) rmSync(join(root, pid), { recursive: true, force: true });
  }
}

/** A second name for the same file; another file system has to do with the first. */
function held(image: ImageArchive, folder: string): ImageArchive {
  const archive = join(folder, basename(image.archive));
  try {
    linkSync(image.archive, archive);
    return { ...image, archive };
  } catch {
    return image;
  }
}

export async function holding<T>(
  images: readonly ImageArchive[],
  cache: string,
  use: (images: ImageArchive[]) => Promise<T>,
): Promise<T> {
  const root = join(cache, 'held');
  removeForgotten(root);
  const folder = join(root, `${process.pid}-${Math.random().toString(36).slice(2)}`);
  mkdirSync(folder, { recursive: true });
  try {
    return await use(images.map((image) => held(image, folder)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
