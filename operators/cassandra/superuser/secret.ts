/**
 * The superuser's Secret: the user's own, or one that is generated once and never changed by us. It belongs to the data
 * and stays as long as the volumes do; what an application is given is a copy. Where the two differ, the copy says what
 * Cassandra has, and the Secret what it is to have (see change.ts).
 */
import { isDeepStrictEqual } from 'node:util';
import type { CassandraClusterSpec } from '../../../crds/cassandra-cluster.ts';
import { ApiError } from '../../kube/api.ts';
import { type Secret, secrets } from '../../kube/resource.ts';
import { bindingSecret } from '../../workload/binding.ts';
import { type AuthorityRecord, bundleOf, trustedByClients, trustKey } from '../../workload/certificates/secrets.ts';
import { versionOf } from '../../workload/entities/secret.ts';
import { dataLabelsOf, type ServiceIdentity, serviceDns } from '../../workload/identity.ts';
import type { Round, Turn } from '../../workload/io.ts';
import type { Prepared } from '../../workload/product.ts';
import { type Rejection, type RejectionReason, reject } from '../../workload/rejection.ts';
import { encoded, readSecret } from '../../workload/secrets.ts';
import type { Credentials, Superuser } from '../admin/admin.ts';
import { names, ports, toldAnnotation } from '../names.ts';
import type { CassandraSettings, CassandraSpecModel } from '../spec.ts';

const generatedName = 'stateward';

/** Whose superuser it is, and where its password is. */
export type SuperuserOwner = Pick<CassandraSpecModel, 'service' | 'superuserSecret' | 'published'>;

type Reading = Pick<Round, 'cache' | 'api' | 'signal'>;

export interface KnownSuperuser extends Superuser {
  /** Where Cassandra is to have another one. */
  wish?: SuperuserWish;
}

export interface SuperuserWish {
  /** Of the Secret; empty where that is lost. */
  version: string;
  /** What the Secret names; undefined where it names nobody. */
  wanted: Credentials | undefined;
  /** What is wrong with the Secret. */
  problem: string | undefined;
  /** Whether `next` stands in the copy: from then on Cassandra may have it. */
  noted: boolean;
  /** Whether Cassandra was told. */
  told: boolean;
}

/** Keys of the copy, for what takes the place of its own username and password. */
export const noteKeys = { username: 'next.username', password: 'next.password' } as const;

export function superuserSecretOf(service: ServiceIdentity, spec: CassandraClusterSpec): string {
  return spec.superuserSecretName ?? names.superuser(service);
}

/** From the copy that applications have, once they have one; from the Secret otherwise. */
export async function readSuperuser(owner: SuperuserOwner, round: Reading): Promise<KnownSuperuser | undefined> {
  const { secret, copy } = await readBoth(owner, round);
  return superuserIn(secret, copy, owner.published);
}

async function readBoth({ service, superuserSecret, published }: SuperuserOwner, round: Reading): Promise<Both> {
  const { namespace } = service;
  const secret = await readSecret({ namespace, name: superuserSecret }, round);
  const isCopied = published || secret === undefined;
  const copy = isCopied ? await readSecret({ namespace, name: names.binding(service) }, round) : undefined;
  return { secret, copy };
}

interface Both {
  secret: Secret | undefined;
  copy: Secret | undefined;
}

export function superuserIn(
  secret: Secret | undefined,
  copy: Secret | undefined,
  published: boolean,
): KnownSuperuser | undefined {
  const wanted = secret && credentialsOf(secret);
  const present = copy && credentialsOf(copy);
  // A copy that is there before may be that of an earlier service of this name.
  if (!published || copy === undefined || present === undefined) return wanted ?? present;
  const noted = credentialsOf(copy, noteKeys);
  const isSame = secret === undefined || isDeepStrictEqual(wanted, present);
  if (isSame && noted === undefined) return present;
  const problem = secret && checkSecret(secret)[0]?.message;
  const valid = problem === undefined ? wanted : undefined;
  const next = noted ?? valid;
  const told = copy.metadata.annotations?.[toldAnnotation] !== undefined;
  const wish = {
    version: secret ? versionTextOf(secret) : '',
    wanted: valid,
    problem,
    noted: noted !== undefined,
    told,
  };
  return { ...present, ...(next && { next }), wish };
}

function versionTextOf(secret: Secret): string {
  const { uid, resourceVersion } = versionOf(secret);
  return `${uid}/${resourceVersion}`;
}

function credentialsOf(
  secret: Secret,
  keys: Readonly<Record<keyof Credentials, string>> = { username: 'username', password: 'password' },
): Credentials | undefined {
  const username = decoded(secret, keys.username);
  const password = decoded(secret, keys.password);
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
  const { secret, copy } = await readBoth(model, turn);
  if (secret === undefined && given !== undefined && !model.published)
    return refused('SecretNotFound', missing(given, model));
  const credentials = superuserIn(secret, copy, model.published);
  const problems = secret === undefined || credentials?.wish !== undefined ? [] : checkSecret(secret);
  if (problems.length > 0) return { rejections: problems, objects: [] };
  // Once clients use the service its password is in the data: a new one would open nothing.
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
  { username, password }: Credentials,
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
    username,
    password,
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
