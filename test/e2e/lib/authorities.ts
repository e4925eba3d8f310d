/** The CA of a service in use gives way to another one: what its user does meanwhile, and what a test waits for. */
import assert from 'node:assert/strict';
import { type Resource, secrets } from '../../../operators/kube/resource.ts';
import type { KeyPair } from '../../../operators/tls/issue.ts';
import { foreignAuthority } from '../../../operators/tls/testing/authorities.ts';
import {
  type AuthorityRecord,
  type NextAuthority,
  recordOf,
} from '../../../operators/workload/certificates/secrets.ts';
import type { CassandraCluster, KafkaCluster } from '../../lib/resources.ts';
import { stateward } from './cli.ts';
import { type Place, until } from './place.ts';
import { applySecret, read } from './services.ts';

export interface Certified {
  product: 'kafka' | 'cassandra';
  resource: Resource<KafkaCluster> | Resource<CassandraCluster>;
  name: string;
}

const hour = 3_600_000;
const trust = 'clients:[trust]';

/** Of the Secret that has its CA. */
export function authoritySecret({ name, product }: Certified): string {
  return `${name}-${product}-ca-key`;
}

export async function authorityOf(place: Place, service: Certified): Promise<AuthorityRecord | undefined> {
  return recordOf(await read(place, secrets, authoritySecret(service)));
}

/** What each member was last seen to present. */
export async function presentedBy(
  place: Place,
  { resource, name }: Certified,
): Promise<Record<string, string | undefined>> {
  const { status } = await read<KafkaCluster | CassandraCluster>(place, resource, name);
  return Object.fromEntries(status?.members?.map((member) => [member.name, member.certificate?.fingerprint]) ?? []);
}

/** Another CA is to sign, and everybody is shown it. */
export function untilClientsLearn(place: Place, service: Certified): Promise<NextAuthority> {
  const { resource, name } = service;
  return until(place, async () => {
    const { status } = await read<KafkaCluster | CassandraCluster>(place, resource, name);
    const steps = status?.plans?.flatMap(({ phases }) => phases).flatMap((phase) => phase.steps);
    const waits = steps?.find((step) => step.name === trust);
    assert.match(waits?.message ?? '', /^clients have until .* to learn of the next CA$/);
    const next = (await authorityOf(place, service))?.next;
    assert.ok(next);
    return next;
  });
}

/** Clients know the next CA: there is nobody to wait for. */
export async function letSign(place: Place, { name }: Certified): Promise<void> {
  await stateward(place, ['plan', 'force', name, 'certificates', 'authority', trust]);
}

/** One CA, and every member was seen to present what it has signed. */
export async function untilSettled(place: Place, service: Certified): Promise<void> {
  await until(place, async () => {
    const record = await authorityOf(place, service);
    assert.ok(record?.signer.key);
    assert.deepEqual([record.next, record.former], [undefined, undefined]);
    const { status } = await read<KafkaCluster | CassandraCluster>(place, service.resource, service.name);
    assert.deepEqual(
      status?.plans?.filter((plan) => plan.name === 'certificates'),
      [],
    );
  });
}

/** As a company has it, with a root above: in Secret `corporate`. */
export async function giveAuthority(place: Place): Promise<{ corporate: KeyPair; root: KeyPair }> {
  const validity = { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + 365 * 24 * hour) };
  const root = await foreignAuthority('root', validity);
  const corporate = await foreignAuthority('corporate', validity, {
    algorithm: 'Rsa',
    legacyKey: true,
    signedBy: root,
  });
  const files = { 'tls.crt': corporate.certificate, 'ca.crt': root.certificate, 'tls.key': corporate.key };
  await applySecret(place, 'corporate', files);
  return { corporate, root };
}
