/**
 * All users of one KafkaCluster together: Kafka is asked once for everything that it has, and told once what is to
 * change, however many users there are.
 */
import type { KafkaUserStatus } from '../../../crds/kafka-user.ts';
import type { EndpointStatus } from '../../../crds/status.ts';
import type { Outcome as Later, Request } from '../../runtime/controller.ts';
import type { Life } from '../../workload/certificates/policy.ts';
import { clusterIndex, Entities, each, type Outcome } from '../../workload/entities/entity.ts';
import { type EntityWork, entityRound } from '../../workload/entities/round.ts';
import type { Io, Round } from '../../workload/io.ts';
import type { Address, KafkaAdmin } from '../admin/admin.ts';
import type { Refusals } from '../admin/user-admin.ts';
import { type ClusterParts, type Reached, reach } from '../entities.ts';
import { bindingName } from './binding.ts';
import { certificateLife } from './certificate.ts';
import { changesOf, type UserChanges, userChanges, type WantedUser } from './changes.ts';
import { credentialOf } from './password.ts';
import { type Credentials, type Means, prepareSecret } from './secrets.ts';
import { readUser, type UserModel, type UserObject, userResource } from './user.ts';

export const userFinalizer = 'stateward.dev/kafka-user';

/** How often Kafka is looked at when nothing has changed here; somebody may have changed it there. */
const quietMs = 60_000;

type UserReason = 'KafkaRefuses' | 'SecretInvalid' | 'NoListener' | 'NoAuthorization';

interface Prepared {
  user: UserModel;
  credentials: Credentials;
}

/** What Kafka was told, and what it said. */
interface Told {
  changes: UserChanges;
  refused: Refusals;
  hasAuthorizer: boolean;
}

export function userReconcile(parts: ClusterParts, io: Io): (request: Request) => Promise<Later> {
  return async ({ key, log, signal }) => {
    const round: Round = { ...io, log, signal };
    const users = round.cache.by(userResource, clusterIndex, key);
    if (users.length === 0) return {};
    const work = new UserWork(round);
    return entityRound(key, users, await reach(key, parts, round), work.entities, work, round);
  };
}

class UserWork implements EntityWork<UserObject, Reached, Prepared[], Told> {
  readonly entities: Entities<KafkaUserStatus, UserReason>;
  readonly #round: Round;

  constructor(round: Round) {
    this.#round = round;
    this.entities = new Entities({ resource: userResource, finalizer: userFinalizer, product: 'Kafka' }, round);
  }

  readonly prepare = async (users: readonly UserObject[], reached: Reached): Promise<Prepared[]> => {
    const life = certificateLife(reached.cluster.spec);
    const prepared = await each(users, async (object): Promise<Prepared[]> => {
      const reading = readUser(object);
      if (reading.kind === 'Refused') return this.#refuse(object, 'InvalidSpec', reading.message);
      const { user } = reading;
      await this.entities.claim(object);
      const secret = await prepareSecret(user, meansOf(user, life, reached), this.#round);
      if (!secret.ok) return this.#refuse(object, 'SecretInvalid', secret.message);
      return [{ user, credentials: secret.credentials }];
    });
    return prepared.flat();
  };

  async #refuse(object: UserObject, reason: 'InvalidSpec' | 'SecretInvalid', message: string): Promise<never[]> {
    await this.entities.show(object, { kind: 'Refused', reason, message });
    return [];
  }

  readonly tell = async (
    prepared: readonly Prepared[],
    leaving: readonly UserObject[],
    address: Address,
    { admin }: Reached,
  ): Promise<Told> => {
    const wanted = prepared.map(({ user, credentials }) => ({
      ...user,
      password: passwordOf(user.object, credentials),
    }));
    const present = await admin.users(address, this.#round.signal);
    const changes = userChanges(
      wanted,
      leaving.map(({ metadata }) => metadata.name),
      present,
    );
    const refused = await this.#change(changes, prepared, admin, address);
    return { changes, refused, hasAuthorizer: present.acls !== undefined };
  };

  /** Rules are taken away before others are given: nobody may do more in between than before or after. */
  async #change(
    changes: UserChanges,
    prepared: readonly Prepared[],
    admin: KafkaAdmin,
    address: Address,
  ): Promise<Refusals> {
    const { signal, randomBytes } = this.#round;
    const passwords = new Map(
      prepared.flatMap(({ user, credentials }): [string, string][] =>
        credentials.type === 'ScramSha512' ? [[user.name, credentials.password]] : [],
      ),
    );
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

  readonly conclude = async (
    prepared: readonly Prepared[],
    leaving: readonly UserObject[],
    told: Told,
    reached: Reached,
  ): Promise<Later> => {
    await each(prepared, ({ user, credentials }) => {
      const { object, name } = user;
      const what = changesOf(name, told.changes);
      if (what !== undefined) this.entities.report(object, what);
      const given = { username: name, binding: { name: bindingName(object) }, ...shown(credentials) };
      const outcome = outcomeOf(user, told, fitting(user, reached));
      return this.entities.show(object, outcome, told.refused.has(name) ? {} : given);
    });
    await this.entities.release(leaving.filter(({ metadata }) => !told.refused.has(metadata.name)));
    return { requeueAfterMs: quietMs };
  };
}

function meansOf(user: UserModel, life: Life, reached: Reached): Means {
  const { cluster, record, trusted } = reached;
  const access = { endpoint: endpointFor(user, reached), trusted };
  return { access, authorities: { record, members: cluster.status?.members ?? [], life } };
}

function passwordOf({ status }: UserObject, credentials: Credentials): WantedUser['password'] {
  switch (credentials.type) {
    case 'ScramSha512': {
      const { uid, resourceVersion } = credentials.source;
      const known = status?.password;
      return known?.uid === uid && known.resourceVersion === resourceVersion ? 'Known' : 'New';
    }
    case 'Tls':
    case 'OAuth':
      return 'None';
    default:
      return credentials satisfies never;
  }
}

/** Of what the user no longer has status says nothing any more. */
function shown(
  credentials: Credentials,
): Pick<{ [Key in keyof KafkaUserStatus]: KafkaUserStatus[Key] | undefined }, 'password' | 'certificate'> {
  switch (credentials.type) {
    case 'ScramSha512':
      return { password: credentials.source, certificate: undefined };
    case 'Tls':
      return { password: undefined, certificate: { notAfter: credentials.notAfter } };
    case 'OAuth':
      return { password: undefined, certificate: undefined };
    default:
      return credentials satisfies never;
  }
}

function fitting({ spec }: UserModel, { cluster }: Reached): EndpointStatus[] {
  const { type } = spec.authentication;
  return (cluster.status?.endpoints ?? []).filter(({ authentication }) => authentication === type);
}

/** Open at all brokers if there is a choice, then one that stays, then encrypted. */
function endpointFor(user: UserModel, reached: Reached): EndpointStatus | undefined {
  const rank = ({ opening, leavingSince, tls }: EndpointStatus): number =>
    (opening === true ? 4 : 0) + (leavingSince === undefined ? 0 : 2) + (tls === true ? 0 : 1);
  return fitting(user, reached).toSorted((one, other) => rank(one) - rank(other))[0];
}

function outcomeOf(
  { name, acls, spec }: UserModel,
  { refused, hasAuthorizer }: Told,
  endpoints: readonly EndpointStatus[],
): Outcome<UserReason> {
  const refusal = refused.get(name);
  if (refusal !== undefined)
    return { kind: 'Refused', reason: 'KafkaRefuses', message: `Kafka refuses the user: ${refusal}` };
  if (endpoints.length === 0) {
    const message = `the KafkaCluster has no listener with authentication ${spec.authentication.type}: add one, or change spec.authentication.type`;
    return { kind: 'Refused', reason: 'NoListener', message };
  }
  if (!hasAuthorizer && acls.length > 0) {
    const message =
      'the KafkaCluster has authorization.mode None, where ACLs say nothing: set it to Acl, or remove spec.acls';
    return { kind: 'Refused', reason: 'NoAuthorization', message };
  }
  const message = 'Kafka has the user as the spec says';
  if (endpoints.some(({ leavingSince }) => leavingSince === undefined)) return { kind: 'Applied', message };
  const names = endpoints.map(({ name }) => name).join(', ');
  return { kind: 'Applied', message: `${message}, until ${names} closes: no other listener lets it in` };
}
