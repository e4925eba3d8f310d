/** Settings of the host's kernel that clusters need, and how the last one puts them back. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

/** Beside the settings themselves, which do not outlive the host's run either. */
const noteFile = '/run/stateward-host.json';

/** Least values; with the usual 128 inotify instances the third cluster would not start. */
const needed = {
  '/proc/sys/net/ipv4/ip_forward': 1,
  '/proc/sys/fs/inotify/max_user_instances': 8192,
  '/proc/sys/fs/inotify/max_user_watches': 524_288,
};

const noteSchema = z.record(z.string(), z.string());

function readNote(): Record<string, string> {
  return existsSync(noteFile) ? noteSchema.parse(JSON.parse(readFileSync(noteFile, 'utf8'))) : {};
}

export function prepareHost(): void {
  const note = readNote();
  for (const [file, least] of Object.entries(needed)) {
    const value = readFileSync(file, 'utf8').trim();
    if (Number(value) >= least) continue;
    note[file] ??= value;
    writeFileSync(noteFile, JSON.stringify(note));
    writeFileSync(file, String(least));
  }
}

/** For the last cluster only. */
export function restoreHost(): void {
  for (const [file, value] of Object.entries(readNote())) writeFileSync(file, value);
  rmSync(noteFile, { force: true });
}
