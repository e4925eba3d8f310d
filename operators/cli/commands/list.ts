/** `list`: every service, and how it is. Also what runs without a verb. */
import { briefly } from '../../plan/tree.ts';
import { type Command, type Context, exit } from '../command.ts';
import { conditionOf, healthOf } from '../health.ts';
import { allNamespaces, output } from '../options.ts';
import { fullName, listServices, namespaceOf, type Service } from '../services.ts';

export const list: Command = {
  name: 'list',
  aliases: ['ls', 'services'],
  usage: '',
  summary: 'List the services of the namespace, and what is wrong with those that are not well',
  details: 'Also what `kubectl stateward` does without a verb.',
  options: { ...allNamespaces, ...output },
  run: async (context) => {
    const { api, namespace, signal, out } = context;
    const services = await listServices(api, context.allNamespaces ? undefined : namespace, signal);
    out.show({ apiVersion: 'v1', kind: 'List', items: services }, () => showServices(context, services));
    return exit.ok;
  },
};

function showServices(context: Context, services: readonly Service[]): void {
  const { out, allNamespaces: everywhere, namespace, clock } = context;
  if (services.length === 0)
    out.line(everywhere ? 'there are no services' : `there are no services in namespace ${namespace}`);
  const now = clock.now();
  const rows = services.map((service) => [...(everywhere ? [namespaceOf(service)] : []), ...rowOf(service, now)]);
  out.table(
    [...(everywhere ? ['NAMESPACE'] : []), ...['NAME', 'KIND', 'READY', 'VERSION', 'MEMBERS', 'PLAN', 'AGE']],
    rows,
  );
  const troubled = services.flatMap((service) => troubleOf(service, everywhere));
  if (troubled.length > 0) out.line('');
  for (const line of troubled) out.line(line);
}

function rowOf(service: Service, now: number): string[] {
  const { kind, metadata, status } = service;
  const { version = '', memberSummary = '', planSummary = '' } = status ?? {};
  const ready = conditionOf(service, 'Ready')?.status ?? 'Unknown';
  return [metadata.name, kind, ready, version, memberSummary, planSummary, ageOf(service, now)];
}

export function ageOf({ metadata }: Service, now: number): string {
  return metadata.creationTimestamp === undefined ? '' : briefly(now - Date.parse(metadata.creationTimestamp));
}

function troubleOf(service: Service, everywhere: boolean): string[] {
  const health = healthOf(service);
  const name = everywhere ? `${namespaceOf(service)}/${fullName(service)}` : fullName(service);
  return health === undefined ? [] : [`${name}: ${health}`];
}
