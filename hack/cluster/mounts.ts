/** Mounts below a folder, and how to be rid of them. */
import { readFileSync } from 'node:fs';
import { run } from '../run.ts';
import type { Work } from './layout.ts';

export interface Mount {
  target: string;
  type: string;
  source: string;
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Reads the lines of /proc/self/mountinfo, oldest mount first. */
export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right] = line.split(' - ');
    if (right === undefined) return [];
    const [type = '', source = ''] = right.split(' ');
    return [{ target: unescapeOctal(left.split(' ')[4] ?? ''), type, source }];
  });
}

export function mountsBelow(folder: string): Mount[] {
  const all = parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  return all.filter((mount) => mount.target.startsWith(`${folder}/`));
}

async function unmountOnce(targets: readonly string[], options: readonly string[], work: Work): Promise<void> {
  await run('umount', [...options, ...targets], work).catch(() => {}); // what is left shows in the list of mounts
}

/** Youngest first. A mount that is still in use is detached: it ends with its last user. */
export async function unmountBelow(folder: string, work: Work, keep: (mount: Mount) => boolean): Promise<void> {
  const left = () =>
    mountsBelow(folder)
      .filter((mount) => !keep(mount))
      .map((mount) => mount.target)
      .toReversed();
  for (const options of [[], [], ['--lazy'], ['--lazy']]) {
    if (left().length > 0) await unmountOnce(left(), options, work);
  }
  if (left().length > 0) throw new Error(`cannot unmount ${left().join(', ')}`);
}
