/** `endpoints`: where clients connect. */
import type { EndpointStatus } from '../../../crds/status.ts';
import { type Command, type Context, exit } from '../command.ts';
import { output } from '../options.ts';
import { type Service, withService } from '../services.ts';

export const endpoints: Command = {
  name: 'endpoints',
  usage: 'SERVICE [NAME]',
  summary: 'Show where clients connect, and how they prove who they are',
  details:
    'With NAME, one address on each line: first the one that stands for all ready members, then that of each member. Everything that a client needs, credentials too, is in the binding Secret.',
  options: output,
  run: (context, { positionals: [service, name] }) =>
    withService(context, service, async (found) =>
      name === undefined ? showAll(context, found) : showOne(context, found, name),
    ),
};

function showAll({ out }: Context, service: Service): number {
  const { metadata, status } = service;
  out.show({ endpoints: endpointsOf(service), binding: status?.binding }, () => {
    if (endpointsOf(service).length === 0) out.line(`${metadata.name} has no endpoints yet`);
    showEndpoints({ out }, service);
  });
  return exit.ok;
}

export function showEndpoints({ out }: Pick<Context, 'out'>, service: Service): void {
  const rows = endpointsOf(service).map(({ name, vip = '', dns, port, tls, authentication = '' }) => {
    const encrypted = tls === undefined ? '' : tls ? 'yes' : 'no';
    return [name, vip, summary(dns), String(port), encrypted, authentication];
  });
  out.table(['NAME', 'VIP', 'DNS', 'PORT', 'TLS', 'AUTHENTICATION'], rows);
  for (const endpoint of endpointsOf(service)) for (const line of standingOf(endpoint)) out.line(line);
  const { binding } = service.status ?? {};
  if (binding !== undefined) out.line(`binding Secret: ${binding.name}`);
}

/** Of one that is not simply open. */
function standingOf({ name, opening, leavingSince, closesAt }: EndpointStatus): string[] {
  if (opening === true) return [`${name}: members restart to open it`];
  if (leavingSince === undefined) return [];
  const when = closesAt === undefined ? 'a day after members have opened what clients can move to' : `at ${closesAt}`;
  return [`${name}: closes ${when}; move its clients to another`];
}

function summary(dns: readonly string[]): string {
  const [first = '', ...others] = dns;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

function showOne({ out }: Context, service: Service, name: string): number {
  const all = endpointsOf(service);
  const endpoint = all.find((candidate) => candidate.name === name);
  if (endpoint === undefined) {
    const names = all.map((each) => each.name).join(', ');
    out.error(
      `${service.metadata.name} has no endpoint ${name}; ${names === '' ? 'it has none yet' : `it has: ${names}`}`,
    );
    return exit.failure;
  }
  const { vip, dns } = endpoint;
  const addresses = vip === undefined ? dns : [vip, ...dns];
  out.show(endpoint, () => out.line(addresses.join('\n')));
  return exit.ok;
}

function endpointsOf({ status }: Service): EndpointStatus[] {
  return status?.endpoints ?? [];
}
