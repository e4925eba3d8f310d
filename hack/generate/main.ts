/** Writes every generated file, or with `--check` names those that are out of date and fails. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { artefacts } from './artefacts.ts';
import { faults } from './faults.ts';

const root = join(import.meta.dirname, '..', '..');

async function isCurrent(path: string, content: string): Promise<boolean> {
  const stored = await readFile(join(root, path), 'utf8').catch(() => undefined);
  return stored === content;
}

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

async function main(check: boolean): Promise<number> {
  const found = faults();
  for (const fault of found) console.error(fault);
  if (found.length > 0) return 1;
  let stale = 0;
  for (const [path, content] of artefacts()) {
    if (await isCurrent(path, content)) continue;
    stale += 1;
    if (!check) await write(path, content);
    console.error(check ? `${path} is out of date: run node hack/generate/main.ts` : `wrote ${path}`);
  }
  return check && stale > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.includes('--check'));
