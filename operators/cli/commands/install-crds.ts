/** `install-crds`: the kinds, for clusters where no chart brings them. */
import { kinds } from '../../../crds/kinds.ts';
import { definitionOf } from '../../../crds/lib/export.ts';
import type { KubeObject, Resource } from '../../kube/resource.ts';
import { type Command, type Context, exit } from '../command.ts';
import { follow } from '../follow.ts';

interface Definition extends KubeObject {
  spec?: object;
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

export const definitions: Resource<Definition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

const ESTABLISHED_MS = 30_000;

export const installCrds: Command = {
  name: 'install-crds',
  usage: '',
  summary: 'Install or update the kinds of Stateward in the cluster',
  details: 'The chart installs them too. Nothing is ever removed by this: services and their data stay.',
  run: async (context) => {
    const codes: number[] = [];
    for (const definition of kinds.map(definitionOf)) codes.push(await install(context, definition));
    return Math.max(...codes);
  },
};

async function install(context: Context, definition: Definition): Promise<number> {
  const { api, signal, out } = context;
  await api.apply(definitions, definition, { manager: 'kubectl-stateward', signal });
  const { name } = definition.metadata;
  const answer = await follow<Definition, 'Served'>(context, {
    resource: definitions,
    ref: { name },
    timeoutMs: ESTABLISHED_MS,
    look: (seen) => (isServed(seen) ? 'Served' : undefined),
  });
  if (answer === 'Served') out.line(`${name} is installed`);
  else out.error(`${name} was applied, but the API server does not serve it: kubectl describe crd ${name}`);
  return answer === 'Served' ? exit.ok : exit.failure;
}

/** An object of it that is made earlier is refused. */
function isServed(definition: Definition | undefined): boolean {
  return (
    definition?.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true
  );
}
