/** Every generated file: its path below the root of the repository, and its content. */
import { stringify } from 'yaml';
import { kinds } from '../../crds/kinds.ts';
import { definitionOf } from '../../crds/lib/export.ts';
import type { Kind } from '../../crds/lib/kind.ts';
import { access } from '../../operators/access.ts';
import { commandTable } from '../../operators/cli/commands/index.ts';
import { dryRun } from '../../operators/cli/dry-run/index.ts';
import { cliReference } from '../../operators/cli/reference.ts';
import { reference } from './reference.ts';
import { rulesTemplate } from './roles.ts';

const header = '# Generated from crds/*.ts by hack/generate: change those and run `node hack/generate/main.ts`.\n';

export function artefacts(): Map<string, string> {
  return new Map([
    ...kinds.flatMap(definitionFiles),
    ...kinds.map((kind): [string, string] => [`docs/reference/${kind.singular}.md`, reference(kind)]),
    ['charts/stateward/templates/_rules.tpl', rulesTemplate(access)],
    ['docs/cli.md', cliReference(commandTable({ version: '', dryRun }))],
  ]);
}

function definitionFiles(kind: Kind): [string, string][] {
  const [name, content] = [`${kind.group}_${kind.plural}.yaml`, definitionYaml(kind)];
  return [
    [`crds/${name}`, content],
    [`charts/stateward/files/crds/${name}`, content],
  ];
}

export function definitionYaml(kind: Kind): string {
  return header + stringify(definitionOf(kind), { lineWidth: 0 });
}
