/** `plan --dry-run -f FILE`: what a spec would do, before it is applied. */
import { parseAllDocuments } from 'yaml';
import { isRecord } from '../../kube/json.ts';
import type { ServiceKind } from '../../workload/identity.ts';
import { type Command, type Context, exit } from '../command.ts';
import { output } from '../options.ts';
import { type Service, serviceResources } from '../services.ts';

/** One service as it is in the file, and as it is in the cluster. */
export interface PreviewInput {
  kind: ServiceKind;
  namespace: string;
  name: string;
  /** As written: no default is filled in. */
  spec: unknown;
  /** `undefined` for a service that does not exist yet. */
  live: Service | undefined;
}

export interface PreviewRow {
  member: string;
  effect: string;
  why: string;
}

export type Preview =
  | { kind: 'Changes'; rows: PreviewRow[] }
  /** The spec cannot be followed; nothing would be touched. */
  | { kind: 'Refused'; problems: string[] };

export type PreviewSpec = (input: PreviewInput, context: Context) => Promise<Preview>;

export interface DryRunParts {
  /** Reads, and writes nothing. */
  previewSpec: PreviewSpec;
  /** The text of a file, or of the standard input for `-`. */
  readText: (path: string) => Promise<string>;
}

export function planDryRun({ previewSpec, readText }: DryRunParts): Command {
  return {
    name: 'plan --dry-run',
    usage: '',
    summary: 'Say what a file would do to which member, and why, before it is applied',
    details: 'Other kinds in the file are passed over. The exit code is 1 if a spec cannot be followed.',
    options: {
      filename: {
        type: 'string',
        short: 'f',
        value: 'FILE',
        summary: 'The YAML of the services; - is the standard input.',
      },
      ...output,
    },
    run: async (context, args) => {
      const path = args.text('filename');
      if (path === undefined) return failure(context, 'plan --dry-run needs -f FILE', exit.usage);
      const read = readServices(await readText(path), context.namespace);
      if (typeof read === 'string') return failure(context, `${path}: ${read}`, exit.failure);
      return preview(context, read, previewSpec);
    },
  };
}

function failure({ out }: Context, message: string, code: number): number {
  out.error(message);
  return code;
}

type Written = Omit<PreviewInput, 'live'>;

/** Or what is wrong with the text. */
function readServices(text: string, namespace: string): Written[] | string {
  const documents = parseAllDocuments(text);
  const [broken] = documents.flatMap(({ errors }) => errors);
  if (broken !== undefined) return broken.message;
  const services = documents.flatMap((document) => serviceIn(document.toJS(), namespace) ?? []);
  return services.length === 0 ? 'there is no KafkaCluster and no CassandraCluster in it' : services;
}

function serviceIn(object: unknown, namespace: string): Written | undefined {
  if (!isRecord(object) || !isRecord(object['metadata'])) return undefined;
  const { kind, metadata, spec = {} } = object;
  const { name } = metadata;
  if ((kind !== 'KafkaCluster' && kind !== 'CassandraCluster') || typeof name !== 'string') return undefined;
  const own = metadata['namespace'];
  return { kind, namespace: typeof own === 'string' ? own : namespace, name, spec };
}

async function preview(context: Context, services: readonly Written[], previewSpec: PreviewSpec): Promise<number> {
  const { api, signal, out } = context;
  const previews = await Promise.all(
    services.map(async (written) => {
      const live = await api.read(serviceResources[written.kind], written, { signal });
      return { written, preview: await previewSpec({ ...written, live }, context) };
    }),
  );
  out.show(
    previews.map(({ written: { kind, namespace, name }, preview: found }) => ({
      service: { kind, namespace, name },
      ...found,
    })),
    () => {
      for (const { written, preview: found } of previews) show(context, written, found);
    },
  );
  return previews.some(({ preview: found }) => found.kind === 'Refused') ? exit.failure : exit.ok;
}

function show({ out }: Context, { kind, name }: Written, preview: Preview): void {
  switch (preview.kind) {
    case 'Refused':
      out.line(`${kind} ${name} would be refused, and nothing would be touched:`);
      for (const problem of preview.problems) out.line(`- ${problem}`);
      return;
    case 'Changes':
      out.line(preview.rows.length === 0 ? `${kind} ${name}: nothing would change` : `${kind} ${name}:`);
      out.table(
        ['MEMBER', 'EFFECT', 'WHY'],
        preview.rows.map(({ member, effect, why }) => [member, effect, why]),
      );
      return;
    default:
      preview satisfies never;
  }
}
