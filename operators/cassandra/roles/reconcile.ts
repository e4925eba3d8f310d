/**
 * All roles of one CassandraCluster together: Cassandra is asked once for everything that it has, and told in one
 * session what is to change, however many roles there are.
 */
import type { CassandraRoleStatus } from '../../../crds/cassandra-role.ts';
import type { Outcome as Later, Request } from '../../runtime/controller.ts';
import type { Address } from '../../workload/address.ts';
import { clusterIndex, Entities, each, type Outcome, type StatusPart } from '../../workload/entities/entity.ts';
import { type EntityWork, entityRound } from '../../workload/entities/round.ts';
import type { Io, Round } from '../../workload/io.ts';
import type { KnownRoles, RoleChange, RoleRefusals } from '../admin/role-admin.ts';
import { type ClusterParts, type Reached, reach, targetAt } from '../entities.ts';
import { bindingName, type Door } from './binding.ts';
import { changesOf, type RoleChanges, roleChanges } from './changes.ts';
import type { Login } from './login.ts';
import { allNames, type RoleModel, type RoleObject, readRoles, roleResource } from './role.ts';
import { type Prepared as PreparedLogin, prepareLogin, removeLogin, writeLogin } from './secrets.ts';
import { wantedRoles } from './wanted.ts';

export const roleFinalizer = 'stateward.dev/cassandra-role';

/** How often Cassandra is looked at when nothing has changed here; somebody may have changed it there. */
const quietMs = 60_000;
const waitingMs = 5_000;
/** For members that remember for longer there is no time in one reconcile. */
const longestWaitMs = 30_000;

type RoleReason = 'CassandraRefuses' | 'Incomplete' | 'NameTaken' | 'RoleExists' | 'SecretInvalid';

interface Prepared {
  role: RoleModel;
  /** Undefined for a role that does not log in. */
  secret: Extract<PreparedLogin, { ok: true }> | undefined;
}

/** What Cassandra was told, and what it said. */
interface Told {
  ours: readonly Prepared[];
  foreign: readonly Prepared[];
  plan: RoleChanges;
  refused: RoleRefusals;
  before: KnownRoles;
  /** What Cassandra has now, as far as passwords go. */
  after: KnownRoles;
}

export function roleReconcile(parts: ClusterParts, io: Io): (request: Request) => Promise<Later> {
  return async ({ key, log, signal }) => {
    const round: Round = { ...io, log, signal };
    const roles = round.cache.by(roleResource, clusterIndex, key);
    if (roles.length === 0) return {};
    const work = new RoleWork(key, parts, round);
    return entityRound(key, roles, await reach(key, parts, round), work.entities, work, round);
  };
}

class RoleWork implements EntityWork<RoleObject, Reached, Prepared[], Told> {
  readonly entities: Entities<CassandraRoleStatus, RoleReason>;
  readonly #key: string;
  readonly #parts: ClusterParts;
  readonly #round: Round;

  constructor(key: string, parts: ClusterParts, round: Round) {
    this.#key = key;
    this.#parts = parts;
    this.#round = round;
    this.entities = new Entities({ resource: roleResource, finalizer: roleFinalizer, product: 'Cassandra' }, round);
  }

  readonly prepare = async (objects: readonly RoleObject[], { own }: Reached): Promise<Prepared[]> => {
    const prepared = await each(readRoles(objects, own.username), async (reading): Promise<Prepared[]> => {
      if (reading.kind === 'Refused') return this.#refuse(reading.object, reading.reason, reading.message);
      const { role } = reading;
      if (!role.spec.login) return [{ role, secret: undefined }];
      const secret = await prepareLogin(role, this.#round);
      return secret.ok ? [{ role, secret }] : this.#refuse(role.object, 'SecretInvalid', secret.message);
    });
    return prepared.flat();
  };

  async #refuse(object: RoleObject, reason: RoleReason | 'InvalidSpec', message: string): Promise<never[]> {
    await this.entities.show(object, { kind: 'Refused', reason, message });
    return [];
  }

  readonly tell = async (
    prepared: readonly Prepared[],
    leaving: readonly RoleObject[],
    address: Address,
    reached: Reached,
  ): Promise<Told> => {
    const { admin, own } = reached;
    const target = targetAt(address, reached);
    const found = await admin.roles(target, own, this.#round.signal);
    const ours = prepared.filter(({ role }) => this.#isOurs(role, found));
    const foreign = prepared.filter((each) => !ours.includes(each));
    await each(ours, ({ role }) => this.entities.claim(role.object));
    const wanted = ours.flatMap(({ role, secret }) => wantedRoles(role, secret?.login, found));
    const plan = roleChanges(wanted, this.#doomed(leaving, reached), found);
    const refused = await this.#change(plan.changes, address, reached);
    const isNew = plan.changes.some(({ kind }) => kind === 'SetPassword');
    const after = isNew ? await admin.roles(target, own, this.#round.signal) : found;
    await this.#untilKnown(plan.changes, found);
    return { ours, foreign, plan, refused, before: found, after };
  };

  /** A member that let somebody in a moment ago refuses his new password until it has forgotten the former one. */
  async #untilKnown(changes: readonly RoleChange[], { roles, remembersMs }: KnownRoles): Promise<void> {
    const { clock, signal } = this.#round;
    const isRemembered = changes.some(({ kind, role }) => kind === 'SetPassword' && roles.has(role));
    if (isRemembered) await clock.sleep(Math.min(remembersMs, longestWaitMs), signal);
  }

  /** A finalizer says that a role was ours, or was not there, when it was put on. */
  #isOurs(role: RoleModel, { roles }: KnownRoles): boolean {
    if (this.entities.isClaimed(role.object) || role.spec.adoptionPolicy === 'Adopt') return true;
    return !allNames(role).some((name) => roles.has(name));
  }

  /** Names of the roles that go with their objects. */
  #doomed(leaving: readonly RoleObject[], { own }: Reached): string[] {
    return readRoles(leaving, own.username).flatMap((reading) => {
      if (reading.kind === 'Refused') return [];
      const { role } = reading;
      return this.entities.isClaimed(role.object) && role.spec.deletionPolicy === 'Delete' ? allNames(role) : [];
    });
  }

  async #change(changes: readonly RoleChange[], address: Address, reached: Reached): Promise<RoleRefusals> {
    if (changes.length === 0) return new Map();
    const { signal } = this.#round;
    return this.#parts.ddl.run(this.#key, signal, () =>
      reached.admin.changeRoles(targetAt(address, reached), reached.own, changes, signal),
    );
  }

  readonly conclude = async (
    _prepared: readonly Prepared[],
    leaving: readonly RoleObject[],
    told: Told,
    reached: Reached,
  ): Promise<Later> => {
    await each(told.foreign, ({ role }) => this.entities.show(role.object, existsAlready(role)));
    const outcomes = await each(told.ours, async ({ role, secret }) => {
      const outcome = outcomeOf(role, told);
      this.#report(role, secret?.login, told);
      const shown = await this.#hand(role, secret, outcome, told, doorOf(reached));
      await this.entities.show(role.object, shown.outcome, shown.status);
      return shown.outcome;
    });
    const refused = this.#refusedToGo(leaving, told, reached);
    await this.entities.release(leaving.filter((object) => !refused.includes(object)));
    return { requeueAfterMs: outcomes.some(({ kind }) => kind === 'Waits') ? waitingMs : quietMs };
  };

  /** Another password, and the end of a former login, are asked for here. */
  #report({ object, ...role }: RoleModel, login: Login | undefined, { plan }: Told): void {
    const names = [...new Set([...allNames(role), ...(login?.former ? [login.former.name] : [])])];
    const what = changesOf(names, plan);
    if (what === undefined) return;
    const isAsked = login?.isNew === true || login?.former?.ends === true;
    if (isAsked) this.#round.log.info(`${object.metadata.name}: ${what}`, { step: object.kind });
    else this.entities.report(object, what);
  }

  /** Gives the application its Secret, once Cassandra lets in whom it names. */
  async #hand(
    role: RoleModel,
    secret: Prepared['secret'],
    outcome: Outcome<RoleReason>,
    told: Told,
    door: Door,
  ): Promise<{ outcome: Outcome<RoleReason>; status: StatusPart<CassandraRoleStatus> }> {
    const { name, object } = role;
    if (secret === undefined) {
      await removeLogin(role, this.#round);
      return { outcome, status: { name, ...nobody } };
    }
    const { login, present } = secret;
    if (!hasPassword(login.username, told)) return { outcome, status: { name } };
    const written = await writeLogin(role, login, present, door, this.#round);
    if (!written.ok)
      return { outcome: { kind: 'Refused', reason: 'SecretInvalid', message: written.message }, status: { name } };
    const passwordWritten = told.after.roles.get(login.username)?.passwordWritten;
    const status = {
      name,
      username: login.username,
      binding: { name: bindingName(object) },
      password: { ...written.source, ...(passwordWritten === undefined ? {} : { written: passwordWritten }) },
      formerUntil: login.former?.until,
    };
    return { outcome, status };
  }

  #refusedToGo(leaving: readonly RoleObject[], { refused }: Told, { own }: Reached): RoleObject[] {
    return readRoles(leaving, own.username).flatMap((reading) =>
      reading.kind === 'Role' && allNames(reading.role).some((name) => refused.has(name)) ? [reading.role.object] : [],
    );
  }
}

/** The one that it was to be given, if there is one. */
function hasPassword(role: string, { plan, before, after }: Told): boolean {
  const isAsked = plan.changes.some((change) => change.kind === 'SetPassword' && change.role === role);
  return !isAsked || before.roles.get(role)?.passwordWritten !== after.roles.get(role)?.passwordWritten;
}

/** What is shown of a role that does not log in. */
const nobody = { username: undefined, binding: undefined, password: undefined, formerUntil: undefined };

function doorOf({ cluster, spec, trusted }: Reached): Door {
  return { endpoint: cluster.status?.endpoints?.[0], datacenter: spec.datacenter, trusted };
}

function existsAlready({ name }: RoleModel): Outcome<RoleReason> {
  const message = `role ${name} exists already; set spec.adoptionPolicy to Adopt to take it over and change it to what the spec says, or name another role`;
  return { kind: 'Refused', reason: 'RoleExists', message };
}

function outcomeOf(role: RoleModel, { refused, plan }: Told): Outcome<RoleReason> {
  const names = allNames(role);
  const refusals = names.flatMap((name) => refused.get(name) ?? []);
  const lasting = refusals.find(({ passes }) => !passes);
  const reason = 'CassandraRefuses';
  if (lasting !== undefined)
    return { kind: 'Refused', reason, message: `Cassandra refuses the role: ${lasting.message}` };
  const [passing] = refusals;
  if (passing !== undefined)
    return { kind: 'Waits', reason, message: `Cassandra does not take the role yet: ${passing.message}` };
  const lacking = names.flatMap((name) => plan.lacking.get(name) ?? []);
  if (lacking.length > 0)
    return {
      kind: 'Waits',
      reason: 'Incomplete',
      message: `the role is not all that the spec says: ${lacking.join('; ')}`,
    };
  return { kind: 'Applied', message: 'Cassandra has the role as the spec says' };
}
