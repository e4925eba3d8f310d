/** What must hold for the kinds before anything is generated from them. */
import { kinds } from '../../crds/kinds.ts';
import { rootSchema } from '../../crds/lib/export.ts';
import type { Kind } from '../../crds/lib/kind.ts';
import { lint } from '../../crds/lib/lint.ts';
import { definitionYaml } from './artefacts.ts';

/** Plain `kubectl apply` keeps a copy in an annotation of at most 256 KiB, as JSON; this leaves room to grow. */
const largest = 150_000;

export function faults(): string[] {
  return kinds.flatMap((kind) => [...lint(rootSchema(kind), kind.kind), ...tooLarge(kind)]);
}

function tooLarge(kind: Kind): string[] {
  const size = Buffer.byteLength(definitionYaml(kind));
  return size < largest ? [] : [`${kind.kind}: the definition has ${size} bytes, and at most ${largest} are allowed`];
}
