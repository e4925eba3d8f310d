/** Imports go one way only: each room may use those before it, as the map in CONTRIBUTING.md shows. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const workload = ['crds', 'operators/kube', 'operators/tls', 'operators/runtime', 'operators/plan'];
const product = [...workload, 'operators/workload'];

/** What each room may import, besides itself. */
const allowed: Record<string, string[]> = {
  'operators/kube': [],
  'operators/tls': [],
  'operators/runtime': ['operators/kube'],
  crds: ['operators/kube'],
  'operators/plan': ['crds', 'operators/kube', 'operators/runtime'],
  'operators/workload': workload,
  'operators/kafka': product,
  'operators/cassandra': product,
  'operators/cli': [
    'crds',
    'operators/kube',
    'operators/plan',
    'operators/workload',
    'operators/kafka',
    'operators/cassandra',
  ],
};

const rooms = Object.keys(allowed);
const importOf = /(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

function roomOf(file: string): string | undefined {
  return rooms.find((room) => file.startsWith(`${room}/`));
}

/** `file: imports target` for each import against the direction. */
export function wrongImports(file: string, text: string): string[] {
  const room = roomOf(file);
  if (room === undefined) return [];
  return [...text.matchAll(importOf)].flatMap(([, path = '']) => {
    const target = normalize(join(dirname(file), path));
    const other = roomOf(target);
    if (other === room || (other !== undefined && allowed[room]?.includes(other))) return [];
    return [`${file}: ${room} may not import ${target}`];
  });
}

if (import.meta.main) {
  const files = globSync('{operators,crds}/**/*.ts');
  const wrong = files.flatMap((file) => wrongImports(file, readFileSync(file, 'utf8')));
  for (const line of wrong) process.stderr.write(`${line}\n`);
  process.stdout.write(`imports: ${files.length} files, ${wrong.length} against the direction\n`);
  if (wrong.length > 0) process.exitCode = 1;
}
