/** Content keys: the same inputs give the same key, on any machine. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const length = 16;

export function keyOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, length);
}

/** Paths below a folder, or the file itself, in a fixed order. */
function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => join(path, name)).filter((file) => statSync(file).isFile());
}

/** Key of files and folders below `root`: names and contents. */
export function keyOfFiles(root: string, paths: readonly string[], wanted = (_: string) => true): string {
  const files = paths.flatMap((path) => filesBelow(join(root, path))).filter(wanted);
  return keyOf(...files.flatMap((file) => [file.slice(root.length), readFileSync(file, 'latin1')]));
}
