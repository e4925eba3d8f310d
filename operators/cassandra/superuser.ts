/**
 * The superuser's Secret: the user's own, or one that is generated once and never changed by us. It belongs to the data
 * and stays as long as the volumes do; what an application is given is a copy.
 */
import type { CassandraClusterSpec } from '../../crds/cassandra-cluster.ts';
import { ApiError } from '../kube/api.ts';
import { type Secret, secrets } from '../kube/resource.ts';
import { bindingSecret } from '../workload/binding.ts';
import { type AuthorityRecord, bundleOf, trustedByClients, trustKey } from '../workload/certificates/secrets.ts';
import { dataLabelsOf, type ServiceIdentity, serviceDns } from '../workload/identity.ts';
import type { Round, Turn } from '../workload/io.ts';
import type { Prepared } from '../workload/product.ts';
import { type Rejection, type RejectionReason, reject } from '../workload/rejection.ts';
import { encoded, readSecret } from '../workload/secrets.ts';
import type { Credentials } from './admin/admin.ts';
import { names, ports } from './names.ts';
import type { CassandraSettings, CassandraSpecModel } from './spec.ts';

const generatedName = 'stateward';

/** Whose superuser it is, and where its password is. */
export type SuperuserOwner = Pick<CassandraSpecModel, 'service' | 'superuserSecret'>;

type Reading = Pick<Round, 'cache' | 'api' | 'signal'>;

export function superuserSecretOf(service: ServiceIdentity, spec: CassandraClusterSpec): string {
  return spec.superuserSecretName ?? names.superuser(service);
}

/** From the Secret, or, should that be lost, from the copy that applications have. */
export async function readSuperuser(owner: SuperuserOwner, round: Reading): Promise<Credentials | undefined> {
  const { service, superuserSecret } = owner;
  const secret = await readSecret({ namespace: service.namespace, name: superuserSecret }, round);
  if (secret !== undefined) return credentialsOf(secret);
  const copy = await readSecret({ namespace: service.namespace, name: names.binding(service) }, round);
  return copy === undefined ? undefined : credentialsOf(copy);
}

function credentialsOf(secret: Secret): Credentials | undefined {
  const username = decoded(secret, 'username');
  const password = decoded(secret, 'password');
  return username === '' || password === '' ? undefined : { username, password };
}

function decoded(secret: Secret, key: string): string {
  return Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
}

/** Makes the Secret where none is given and none exists, and the copy once clients may come. */
export async function prepareSuperuser(
  model: CassandraSpecModel,
  record: AuthorityRecord | undefined,
  settings: CassandraSettings,
  turn: Turn,
): Promise<Prepared> {
  const given = model.spec.superuserSecretName;
  const secret = await readSecret({ namespace: model.service.namespace, name: model.superuserSecret }, turn);
  if (secret === undefined && given !== undefined && !model.published)
    return refused('SecretNotFound', missing(given, model));
  const problems = secret === undefined ? [] : checkSecret(secret);
  if (problems.length > 0) return { rejections: problems, objects: [] };
  const credentials = await readSuperuser(model, turn);
  // Once clients use the service its password is in the data: another one in the Secret would open nothing.
  const stored = model.published ? credentials : (credentials ?? generate(turn));
  if (secret === undefined && given === undefined && stored !== undefined) await store(model, stored, turn);
  if (!model.published || credentials === undefined) return { rejections: [], objects: [] };
  return { rejections: [], objects: [binding(model, credentials, record, settings)] };
}

function missing(given: string, model: CassandraSpecModel): string {
  return `spec.superuserSecretName: there is no Secret ${given} in namespace ${model.service.namespace}; create it with username and password, or leave the field out`;
}

function refused(reason: RejectionReason, message: string): Prepared {
  return { rejections: [reject(reason, message)], objects: [] };
}

function checkSecret(secret: Secret): Rejection[] {
  const { name } = secret.metadata;
  const credentials = credentialsOf(secret);
  if (credentials === undefined) {
    return [
      reject('SecretInvalid', `Secret ${name} must have the keys username and password, and neither may be empty`),
    ];
  }
  // SASL PLAIN ends each of the two there (RFC 4616).
  const broken = (['username', 'password'] as const).find((key) => credentials[key].includes('\0'));
  if (broken !== undefined)
    return [reject('SecretInvalid', `Secret ${name}: ${broken} has a zero byte, which no login can have; remove it`)];
  if (credentials.username !== 'cassandra') return [];
  return [
    reject(
      'SecretInvalid',
      `Secret ${name} names the built-in role cassandra, which is locked; choose another username`,
    ),
  ];
}

function generate(turn: Turn): Credentials {
  return { username: generatedName, password: turn.randomBytes(24).toString('base64url') };
}

function binding(
  model: CassandraSpecModel,
  credentials: Credentials,
  record: AuthorityRecord | undefined,
  settings: CassandraSettings,
): Secret {
  const host = serviceDns(names.client(model.service), model.service, settings.clusterDomain);
  const { datacenter, encryption } = model.spec;
  const isTrusted = record !== undefined && encryption.clients !== 'None';
  return bindingSecret(model.service, names.binding(model.service), {
    host,
    port: String(ports.native),
    datacenter,
    ...credentials,
    ...(isTrusted ? { [trustKey]: bundleOf(trustedByClients(record)) } : {}),
  });
}

/** Created, never applied: whoever was first has set the password. No owner: the roles are in the volumes. */
async function store(model: CassandraSpecModel, credentials: Credentials, turn: Turn): Promise<void> {
  const { namespace } = model.service;
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: model.superuserSecret, namespace, labels: dataLabelsOf(model.service) },
    type: 'kubernetes.io/basic-auth',
    data: encoded({ ...credentials }),
  };
  try {
    await turn.api.create(secrets, secret, { signal: turn.signal });
  } catch (error) {
    if (!(error instanceof ApiError && error.isConflict)) throw error;
  }
}
