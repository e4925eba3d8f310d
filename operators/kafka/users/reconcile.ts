/**
 * All users of one KafkaCluster together: Kafka is asked once for everything that it has, and told once what is to
 * change, however many users there are.
 */
import type { KafkaClusterStatus } from '../../../crds/kafka-cluster.ts';
import type { EndpointStatus } from '../../../crds/status.ts';
import { addFinalizer, removeFinalizer } from '../../kube/finalizer.ts';
import { canonicalJson } from '../../kube/json.ts';
import { pods, refOfKey } from '../../kube/resource.ts';
import type { Outcome, Request } from '../../runtime/controller.ts';
import type { Identities } from '../../workload/certificates/access.ts';
import { authorityOf } from '../../workload/certificates/prepare.ts';
import { bundleOf, trustedBy } from '../../workload/certificates/secrets.ts';
import { identityOf, type ServiceObject, serviceIndex, serviceIndexKey } from '../../workload/facts.ts';
import type { ServiceIdentity } from '../../workload/identity.ts';
import { type Io, nowOf, type Round, statusManager } from '../../workload/io.ts';
import { isReady } from '../../workload/pod-state.ts';
import type { Address, KafkaAdmin } from '../admin/admin.ts';
import type { Refusals } from '../admin/user-admin.ts';
import { type Connect, kafkaResource } from '../index.ts';
import { brokerRoleLabel, names, ports } from '../names.ts';
import { changesOf, type UserChanges, userChanges } from './changes.ts';
import { credentialOf } from './password.ts';
import { type Password, prepareSecret } from './secrets.ts';
import { type UserOutcome, userStatus } from './status.ts';
import { clusterIndex, readUser, type UserModel, type UserObject, userResource } from './user.ts';

export const userFinalizer = 'stateward.dev/kafka-user';

/** How often Kafka is looked at when nothing has changed here; somebody may have changed it there. */
const quietMs = 60_000;
const waitingMs = 5_000;

/** How many requests are on their way to the API server at a time. */
const atOnce = 16;

export interface UserParts {
  connect: Connect;
  identities: Identities;
}

export function userReconcile(parts: UserParts, io: Io): (request: Request) => Promise<Outcome> {
  return async ({ key, log, signal }) => {
    const round: Round = { ...io, log, signal };
    const users = round.cache.by(userResource, clusterIndex, key);
    return users.length === 0 ? {} : new UserRound(key, users, parts, round).run();
  };
}

/** A KafkaCluster that can be asked and told. */
interface Reached {
  admin: KafkaAdmin;
  address: Address;
  endpoint: EndpointStatus | undefined;
  trusted: string;
}

interface Prepared {
  user: UserModel;
  password: Password;
}

/** What Kafka was told, and what it said. */
interface Told {
  changes: UserChanges;
  refused: Refusals;
  hasAuthorizer: boolean;
}

class UserRound {
  readonly #key: string;
  readonly #users: readonly UserObject[];
  readonly #parts: UserParts;
  readonly #round: Round;

  constructor(key: string, users: readonly UserObject[], parts: UserParts, round: Round) {
    this.#key = key;
    this.#users = users;
    this.#parts = parts;
    this.#round = round;
  }

  async run(): Promise<Outcome> {
    const cluster = this.#round.cache.get(kafkaResource, refOfKey(this.#key));
    if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined) return this.#orphaned();
    const reached = await this.#reach(cluster);
    if (typeof reached === 'string') return this.#wait('ClusterNotReady', reached);
    const prepared = await this.#prepare(reached);
    const told = await this.#tell(prepared, reached);
    if (told instanceof Error) {
      await this.#wait('ClusterNotReady', `${this.#named} does not do what it is asked: ${told.message}`);
      throw told;
    }
    await this.#conclude(prepared, told, reached);
    return { requeueAfterMs: quietMs };
  }

  get #named(): string {
    return `KafkaCluster ${refOfKey(this.#key).name}`;
  }

  /** What was in Kafka is gone with it. */
  async #orphaned(): Promise<Outcome> {
    const { api, signal } = this.#round;
    const gone = this.#users.filter(isDeleted);
    await each(gone, (user) => removeFinalizer(api, userResource, user, userFinalizer, { signal }));
    const { name, namespace } = refOfKey(this.#key);
    const message = `there is no KafkaCluster ${name} in namespace ${namespace}; create it, or make the KafkaUser anew with another spec.cluster`;
    await this.#wait('ClusterNotFound', message);
    return {};
  }

  async #wait(reason: 'ClusterNotFound' | 'ClusterNotReady', message: string): Promise<Outcome> {
    const waiting = this.#users.filter((user) => !isDeleted(user));
    await each(waiting, (user) => this.#show(user, { kind: 'Waits', reason, message }));
    return { requeueAfterMs: waitingMs };
  }

  /** Or why it cannot be reached. */
  async #reach(cluster: ServiceObject<KafkaClusterStatus>): Promise<Reached | string> {
    const service = identityOf(cluster, 'KafkaCluster');
    const record = authorityOf(service, this.#round.cache);
    const access = await this.#parts.identities.access(record, this.#round.clock.now());
    const address = this.#broker(service);
    if (record === undefined || access === undefined || address === undefined)
      return `waits for ${this.#named}, which has no broker that is ready`;
    const admin = this.#parts.connect(access);
    return { admin, address, endpoint: loginEndpoint(cluster), trusted: bundleOf(trustedBy(record)) };
  }

  #broker(service: ServiceIdentity): Address | undefined {
    const key = serviceIndexKey(service.kind, service.namespace, service.name);
    const ready = this.#round.cache
      .by(pods, serviceIndex, key)
      .find((pod) => pod.metadata.labels?.[brokerRoleLabel] === 'true' && isReady(pod) && pod.status?.podIP);
    if (ready === undefined) return undefined;
    const name = `${ready.metadata.name}.${names.members(service)}.${service.namespace}.svc`;
    return { host: ready.status?.podIP ?? '', port: ports.internal, name };
  }

  /** Before anything of a user is in Kafka it is known that something of him may be. */
  async #prepare(access: Reached): Promise<Prepared[]> {
    const { api, signal } = this.#round;
    const prepared = await each(
      this.#users.filter((user) => !isDeleted(user)),
      async (object): Promise<Prepared[]> => {
        const reading = readUser(object);
        if (reading.kind === 'Refused') return this.#refuse(object, 'InvalidSpec', reading.message);
        const { user } = reading;
        await addFinalizer(api, userResource, object, userFinalizer, { signal });
        const secret = await prepareSecret(user, access, this.#round);
        return secret.ok
          ? [{ user, password: secret.password }]
          : this.#refuse(object, 'SecretInvalid', secret.message);
      },
    );
    return prepared.flat();
  }

  async #refuse(object: UserObject, reason: 'InvalidSpec' | 'SecretInvalid', message: string): Promise<never[]> {
    await this.#show(object, { kind: 'Refused', reason, message });
    return [];
  }

  /** Or why Kafka does not answer. */
  async #tell(prepared: readonly Prepared[], { admin, address }: Reached): Promise<Told | Error> {
    const { signal } = this.#round;
    const wanted = prepared.map(({ user, password }) => ({ ...user, newPassword: isNew(user.object, password) }));
    const gone = this.#users.filter(isDeleted).map(({ metadata }) => metadata.name);
    try {
      const present = await admin.users(address, signal);
      const changes = userChanges(wanted, gone, present);
      const refused = await this.#change(changes, prepared, { admin, address });
      return { changes, refused, hasAuthorizer: present.acls !== undefined };
    } catch (error) {
      signal.throwIfAborted();
      return error as Error;
    }
  }

  /** Rules are taken away before others are given: nobody may do more in between than before or after. */
  async #change(
    changes: UserChanges,
    prepared: readonly Prepared[],
    { admin, address }: Pick<Reached, 'admin' | 'address'>,
  ): Promise<Refusals> {
    const { signal, randomBytes } = this.#round;
    const passwords = new Map(prepared.map(({ user, password }) => [user.name, password.value]));
    const credentials = await Promise.all(
      changes.setPasswords.map((name) => credentialOf(name, passwords.get(name) ?? '', randomBytes)),
    );
    const { removePasswords, removeAcls, addAcls, quotas } = changes;
    const none: Refusals = new Map();
    const answers = [
      removeAcls.length > 0 ? await admin.removeAcls(address, removeAcls, signal) : none,
      quotas.size > 0 ? await admin.alterQuotas(address, quotas, signal) : none,
      addAcls.length > 0 ? await admin.addAcls(address, addAcls, signal) : none,
      credentials.length + removePasswords.length > 0
        ? await admin.alterPasswords(address, credentials, removePasswords, signal)
        : none,
    ];
    return new Map(answers.flatMap((answer) => [...answer]));
  }

  async #conclude(prepared: readonly Prepared[], told: Told, { endpoint }: Reached): Promise<void> {
    const { api, signal } = this.#round;
    await each(prepared, ({ user, password }) => {
      this.#report(user.object, told.changes);
      return this.#show(user.object, outcomeOf(user, password.source, told, endpoint));
    });
    const released = this.#users.filter((user) => isDeleted(user) && !told.refused.has(user.metadata.name));
    await each(released, (user) => removeFinalizer(api, userResource, user, userFinalizer, { signal }));
  }

  /** A change that nobody has asked for here is one that somebody has made there. */
  #report(object: UserObject, changes: UserChanges): void {
    const what = changesOf(object.metadata.name, changes);
    if (what === undefined) return;
    this.#round.log.info(`${object.metadata.name}: ${what}`, { step: 'users' });
    const isSettled = object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    if (isSettled !== true || object.status?.observedGeneration !== object.metadata.generation) return;
    const note = `what Kafka has differs from the spec: ${what}`;
    this.#round.events.emit(object, { type: 'Warning', reason: 'DriftCorrected', action: 'Correct', note });
  }

  async #show(object: UserObject, outcome: UserOutcome): Promise<void> {
    const status = userStatus(object, outcome, nowOf(this.#round));
    if (canonicalJson(object.status ?? {}) === canonicalJson(status)) return;
    const { apiVersion, kind, metadata } = object;
    const { name, namespace = '', uid = '' } = metadata;
    const applied = { apiVersion, kind, metadata: { name, namespace, uid }, status };
    const { api, signal } = this.#round;
    await api.apply<UserObject>(userResource, applied, { manager: statusManager, subresource: 'status', signal });
  }
}

function isDeleted({ metadata }: UserObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function isNew({ status }: UserObject, { source }: Password): boolean {
  const known = status?.password;
  return known?.uid !== source.uid || known.resourceVersion !== source.resourceVersion;
}

/** Encrypted if there is a choice. */
function loginEndpoint({ status }: ServiceObject<KafkaClusterStatus>): EndpointStatus | undefined {
  const all = (status?.endpoints ?? []).filter(({ authentication }) => authentication === 'ScramSha512');
  return all.find(({ tls }) => tls === true) ?? all[0];
}

function outcomeOf(
  { name, acls }: UserModel,
  password: Password['source'],
  { refused, hasAuthorizer }: Told,
  endpoint: EndpointStatus | undefined,
): UserOutcome {
  const refusal = refused.get(name);
  if (refusal !== undefined)
    return { kind: 'Refused', reason: 'KafkaRefuses', message: `Kafka refuses the user: ${refusal}` };
  if (endpoint === undefined) {
    const message = 'the KafkaCluster has no listener with authentication ScramSha512: add one';
    return { kind: 'Refused', reason: 'NoListener', message, password };
  }
  if (!hasAuthorizer && acls.length > 0) {
    const message =
      'the KafkaCluster has authorization.mode None, where ACLs say nothing: set it to Acl, or remove spec.acls';
    return { kind: 'Refused', reason: 'NoAuthorization', message, password };
  }
  return { kind: 'Applied', password };
}

async function each<T, Result>(items: readonly T[], act: (item: T) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += atOnce)
    results.push(...(await Promise.all(items.slice(start, start + atOnce).map(act))));
  return results;
}
