/** Disks of a limited size: sparse files with XFS inside, mounted by loop; or plain folders where that is impossible. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { run } from '../../run.ts';
import type { Work } from '../layout.ts';
import { mountsBelow, unmountBelow } from '../mounts.ts';

export interface Disk {
  /** The backing file. */
  file: string;
  /** Where it is mounted. */
  folder: string;
}

export interface Disks {
  make(disk: Disk, bytes: number, work: Work): Promise<void>;
  grow(disk: Disk, bytes: number, work: Work): Promise<void>;
  remove(disk: Disk, work: Work): Promise<void>;
}

/** Why disks with a limit cannot be had here; undefined where they can. */
export async function obstacle(work: Work): Promise<string | undefined> {
  if (!existsSync('/dev/loop-control')) return 'there are no loop devices (/dev/loop-control)';
  await run('modprobe', ['xfs'], work).catch(() => {}); // built in, or absent: the next line tells
  if (!/\bxfs$/m.test(readFileSync('/proc/filesystems', 'utf8'))) return 'the kernel has no XFS';
  return undefined;
}

function mountOf(disk: Disk): { source: string } | undefined {
  return mountsBelow(join(disk.folder, '..')).find((mount) => mount.target === disk.folder);
}

async function makeXfs(disk: Disk, bytes: number, work: Work): Promise<void> {
  if (mountOf(disk) !== undefined) return;
  mkdirSync(disk.folder, { recursive: true });
  const partial = `${disk.file}.partial`;
  if (!existsSync(disk.file)) {
    writeFileSync(partial, '');
    truncateSync(partial, bytes);
    await run('mkfs.xfs', ['-q', '-f', '-K', partial], work);
    await run('mv', [partial, disk.file], work);
  }
  await run('mount', ['-t', 'xfs', '-o', 'loop,discard,noatime', disk.file, disk.folder], work);
}

async function growXfs(disk: Disk, bytes: number, work: Work): Promise<void> {
  const mount = mountOf(disk);
  if (mount === undefined) throw new Error(`${disk.folder} is not mounted`);
  truncateSync(disk.file, bytes);
  await run('losetup', ['--set-capacity', mount.source], work);
  await run('xfs_growfs', ['-d', disk.folder], work);
}

function removeEmpty(folder: string): void {
  if (existsSync(folder)) rmdirSync(folder);
}

async function removeXfs(disk: Disk, work: Work): Promise<void> {
  if (mountOf(disk) !== undefined)
    await unmountBelow(join(disk.folder, '..'), work, ({ target }) => target !== disk.folder);
  rmSync(disk.file, { force: true });
  removeEmpty(disk.folder);
}

export const xfsDisks: Disks = { make: makeXfs, grow: growXfs, remove: removeXfs };

export const plainFolders: Disks = {
  make: async ({ folder }) => void mkdirSync(folder, { recursive: true }),
  grow: async () => {},
  remove: async ({ folder }) => rmSync(folder, { recursive: true, force: true }),
};

/** Volumes on disk by name, whoever may have forgotten them. */
export function volumesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
