/** What every step of an image build is given: the folders, the storage, and how to do a thing only once. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { duration, type Say, withProgress } from '../progress.ts';
import { run } from '../run.ts';

const minute = 60_000;

export interface Workshop {
  signal: AbortSignal;
  say: Say;
  /** Folder of everything kept between builds. */
  cache: string;
}

/** This folder: the Dockerfiles and what they copy. */
export const here = import.meta.dirname;
export const repository = join(here, '..', '..');

/**
 * Makes a path that does not exist yet. It appears only when it is complete, so a killed build leaves nothing that a
 * later one would trust.
 */
export async function once(
  workshop: Workshop,
  path: string,
  what: string,
  make: (part: string) => Promise<void>,
): Promise<string> {
  if (existsSync(path)) return path;
  const part = `${path}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(dirname(part), { recursive: true });
  const start = Date.now();
  workshop.say(`${what} …`);
  await withProgress(what, workshop, () => make(part));
  renameSync(part, path);
  workshop.say(`${what}: done in ${duration(Date.now() - start)}`);
  return path;
}

/** Work that several others wait for, done at their first call. */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** A queue of one: buildah's storage and the fixed addresses of the archive steps allow one build at a time. */
export function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
}

export function command(workshop: Workshop, name: string, args: readonly string[], cwd?: string): Promise<string> {
  const { signal } = workshop;
  return run(name, args, { signal, timeoutMs: 15 * minute, ...(cwd === undefined ? {} : { cwd }) });
}

/** In a mount namespace of its own: buildah forgets to unmount the images that a Dockerfile copies from. */
export function buildah(workshop: Workshop, ...args: readonly string[]): Promise<string> {
  const storage = join(workshop.cache, 'storage');
  const places = ['--root', storage, '--runroot', join(storage, 'run')];
  return command(workshop, 'unshare', ['--mount', 'buildah', ...places, ...args]);
}

export interface Bud {
  /** Name that the image gets. */
  name: string;
  dockerfile: string;
  context: string;
  /** Stages of the Dockerfile that are replaced by folders. */
  stages?: Readonly<Record<string, string>>;
  arguments?: Readonly<Record<string, string>>;
}

function pairs(flag: string, values: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}

/** One Dockerfile to one image in buildah's storage, without a network. */
export async function bud(workshop: Workshop, image: Bud): Promise<void> {
  const given = [...pairs('--build-context', image.stages), ...pairs('--build-arg', image.arguments)];
  const fixed = ['--isolation=chroot', '--pull-never', '--layers', '--quiet', '--file', image.dockerfile];
  await buildah(workshop, 'bud', ...fixed, ...given, '--tag', image.name, image.context);
}
