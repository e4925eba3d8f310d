/** `plan --dry-run` put together: what the cluster says, then the pure preview. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { group, version } from '../../../crds/lib/kind.ts';
import type { ServiceIdentity } from '../../workload/identity.ts';
import type { Context } from '../command.ts';
import type { DryRunParts, Preview, PreviewInput } from '../commands/dry-run.ts';
import { gather, judge } from './gather.ts';
import { previewSpec } from './preview.ts';

export const dryRun: DryRunParts = {
  previewSpec: preview,
  readText: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
};

async function preview({ kind, namespace, name, spec, live }: PreviewInput, context: Context): Promise<Preview> {
  const uid = live?.metadata.uid ?? '';
  const service: ServiceIdentity = { apiVersion: `${group}/${version}`, kind, namespace, name, uid };
  const problems = await judge(context, service, spec);
  if (problems.length > 0) return { kind: 'Refused', problems };
  const facts = await gather(context, service, live);
  return previewSpec({ kind, spec, present: live?.spec, facts });
}
