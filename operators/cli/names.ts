/** The names that arguments take in a cluster, for completion. */
import type { Context } from './command.ts';
import { plansOf } from './control.ts';
import { listOperations } from './operations.ts';
import { fullName, listServices, type Service } from './services.ts';

export type Whereabouts = Pick<Context, 'api' | 'namespace' | 'signal'>;

export async function namesFor(argument: string, given: readonly string[], where: Whereabouts): Promise<string[]> {
  const services = await listServices(where.api, where.namespace, where.signal);
  if (argument === 'SERVICE') return serviceNames(services);
  const service = services.find(
    (candidate) => given[0] === candidate.metadata.name || given[0] === fullName(candidate),
  );
  return service === undefined ? [] : namesWithin(service, argument, given, where);
}

/** The short name where it is enough. */
function serviceNames(services: readonly Service[]): string[] {
  const isUnique = ({ metadata }: Service): boolean =>
    services.filter((other) => other.metadata.name === metadata.name).length === 1;
  return services.map((service) => (isUnique(service) ? service.metadata.name : fullName(service)));
}

async function namesWithin(
  service: Service,
  argument: string,
  [, planName, phaseName]: readonly string[],
  where: Whereabouts,
): Promise<string[]> {
  const phases = plansOf(service).find(({ name }) => name === planName)?.phases ?? [];
  switch (argument) {
    case 'PLAN':
      return names(plansOf(service));
    case 'PHASE':
      return names(phases);
    case 'STEP':
      return names(phases.find(({ name }) => name === phaseName)?.steps ?? []);
    case 'MEMBER':
      return names(service.status?.members ?? []);
    case 'NAME':
      return names(service.status?.endpoints ?? []);
    case 'OPERATION':
      return (await listOperations(where, service)).map(({ metadata }) => metadata.name);
    default:
      return [];
  }
}

function names(parts: readonly { name: string }[]): string[] {
  return parts.map(({ name }) => name);
}
