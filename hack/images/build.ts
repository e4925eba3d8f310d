/**
 * Builds the images without a registry and without a container engine's daemon: `node hack/images/build.ts [NAME…]`,
 * where a NAME is a part of an image's name. What is built once is kept by its content.
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { withLock } from '../lock.ts';
import { cacheRoot } from '../paths.ts';
import { duration, type Say } from '../progress.ts';
import { type Bases, bases } from './base.ts';
import { catalog, type Recipe } from './catalog.ts';
import { prerequisites } from './prerequisites.ts';
import { bud, buildah, inTurn, once, type Workshop } from './workshop.ts';

export interface ImageArchive {
  name: string;
  /** A docker-archive file. */
  archive: string;
  /** Changes with the content. */
  key: string;
}

export interface BuildOptions {
  signal: AbortSignal;
  report: Say;
  /** Parts of image names; all images unless given. */
  only?: readonly string[];
}

type Turn = ReturnType<typeof inTurn>;

function wanted(only: readonly string[] = []): Recipe[] {
  return catalog.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)));
}

function archiveOf(cache: string, recipe: Recipe): ImageArchive {
  const key = recipe.key();
  const file = `${recipe.name.split('/').slice(1).join('-').replace(':', '-')}_${key}.tar`;
  return { name: recipe.name, archive: join(cache, 'archives', file), key };
}

/** Earlier contents of the same image; the images of running nodes are theirs already. */
function removeOlder({ archive }: ImageArchive): void {
  const folder = dirname(archive);
  const image = basename(archive).replace(/_.*/, '_');
  for (const file of readdirSync(folder)) {
    if (file.startsWith(image) && file !== basename(archive)) rmSync(join(folder, file));
  }
}

async function save(workshop: Workshop, image: ImageArchive): Promise<void> {
  await once(workshop, image.archive, `${image.name} saved`, async (part) => {
    await buildah(workshop, 'push', '--quiet', image.name, `docker-archive:${part}:${image.name}`);
  });
  workshop.say(`${image.name}: ${Math.round(statSync(image.archive).size / 1e6)} MB`);
  removeOlder(image);
}

async function build(workshop: Workshop, recipe: Recipe, made: Bases, turn: Turn): Promise<ImageArchive> {
  const image = archiveOf(workshop.cache, recipe);
  if (existsSync(image.archive)) return image;
  const ready = await recipe.prepare(workshop, made);
  await turn(async () => {
    const start = Date.now();
    workshop.say(`${recipe.name} …`);
    await bud(workshop, ready);
    workshop.say(`${recipe.name}: built in ${duration(Date.now() - start)}`);
    await save(workshop, image);
  });
  return image;
}

/** One failure ends the rest and waits for its end: nothing goes on once the lock is released. */
async function buildAll(options: BuildOptions, cache: string, recipes: readonly Recipe[]): Promise<ImageArchive[]> {
  const failed = new AbortController();
  const workshop = { signal: AbortSignal.any([options.signal, failed.signal]), say: options.report, cache };
  const missing = recipes.some((recipe) => !existsSync(archiveOf(cache, recipe).archive));
  if (missing) await prerequisites(workshop);
  const [made, turn] = [bases(workshop), inTurn()];
  const builds = recipes.map((recipe) => build(workshop, recipe, made, turn));
  try {
    return await Promise.all(builds);
  } catch (error) {
    failed.abort();
    await Promise.allSettled(builds);
    throw error;
  }
}

/** Archives of all images; those that are not there yet are built. */
export async function buildImages(options: BuildOptions): Promise<ImageArchive[]> {
  const cache = join(cacheRoot(), 'images');
  const lock = { signal: options.signal, say: options.report };
  return withLock(join(cache, 'lock'), lock, () => buildAll(options, cache, wanted(options.only)));
}

async function main(): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const start = Date.now();
  const only = process.argv.slice(2);
  const images = await buildImages({ signal: stop.signal, report: (line) => console.log(line), only });
  for (const { name, archive } of images) console.log(`${name}  ${archive}`);
  console.log(`${images.length} images in ${duration(Date.now() - start)}`);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
