/**
 * How another superuser, or another password of the same, takes the place of the present one: it is noted in the copy that
 * applications have, then told to Cassandra, and once all members go by it, it is what applications have. From the note on
 * the operator comes by either, and what is noted is brought to its end before anything else is.
 */
import { isDeepStrictEqual } from 'node:util';
import { refOf, secrets } from '../../kube/resource.ts';
import { listed } from '../../plan/listed.ts';
import type { PhaseDraft, PlanDraft, Progress } from '../../plan/plan.ts';
import type { Turn } from '../../workload/io.ts';
import { encoded, readSecret } from '../../workload/secrets.ts';
import { superuserPlan } from '../../workload/status.ts';
import type { CassandraAdmin, Credentials, Superuser, Target } from '../admin/admin.ts';
import type { KnownRole, RoleChange } from '../admin/role-admin.ts';
import { names, toldAnnotation } from '../names.ts';
import { type KnownSuperuser, noteKeys, type SuperuserOwner, type SuperuserWish, superuserIn } from './secret.ts';

export type SuperuserAction =
  /** Note what this version of the Secret says. */
  | { kind: 'NoteSuperuser'; version: string }
  /** Tell Cassandra what is noted. */
  | { kind: 'TellSuperuser'; isNew: boolean }
  /** Give it to applications. */
  | { kind: 'CopySuperuser' };

/** What is seen of a superuser that Cassandra is to have in place of the present one. */
export interface SuperuserChange {
  /** Of the Secret. */
  version: string;
  state: ChangeState;
}

export type ChangeState =
  | { kind: 'Wanted' }
  | { kind: 'Noted'; isNew: boolean }
  /** These members go by what they have read before. */
  | { kind: 'Told'; remembering: string[] }
  | { kind: 'LetIn' }
  /** Until a person does something. */
  | { kind: 'Refused'; message: string }
  | { kind: 'Unknown'; message: string };

export interface Door {
  member: string;
  target: Target;
}

export interface Asking {
  model: SuperuserOwner;
  /** Of all members that answer by CQL. */
  doors: readonly Door[];
  admin: CassandraAdmin;
  signal: AbortSignal;
}

export async function observeChange(own: KnownSuperuser, asking: Asking): Promise<SuperuserChange | undefined> {
  const { wish } = own;
  if (wish === undefined) return undefined;
  return { version: wish.version, state: await stateOf(own, wish, asking) };
}

async function stateOf(own: KnownSuperuser, wish: SuperuserWish, asking: Asking): Promise<ChangeState> {
  if (own.next === undefined) return { kind: 'Refused', message: wish.problem ?? 'nobody is named' };
  try {
    return await askAll(own, own.next, wish, asking);
  } catch (error) {
    asking.signal.throwIfAborted();
    return { kind: 'Unknown', message: error instanceof Error ? error.message : String(error) };
  }
}

async function askAll(
  own: KnownSuperuser,
  next: Credentials,
  wish: SuperuserWish,
  asking: Asking,
): Promise<ChangeState> {
  const { doors, admin, signal, model } = asking;
  const { username, password } = own;
  const [first] = doors;
  if (first === undefined) return { kind: 'Unknown', message: 'no member is NORMAL' };
  const refusing = await whoRefuses(next, asking);
  const isUnknown = refusing.length === doors.length;
  const isShutOut = isUnknown && !(await admin.letsIn(first.target, { username, password }, signal));
  const isSame = isShutOut || next.username === username;
  const role = isSame ? undefined : await roleOf(next, { own, isLetIn: refusing.length === 0 }, first.target, asking);
  const obstacle = isShutOut ? shutOut(model) : lesser(next, role, model);
  if (obstacle !== undefined) {
    // Cassandra has not got what is noted: something else may be.
    const isOver = wish.noted && wish.wanted !== undefined && !isDeepStrictEqual(wish.wanted, next);
    return isOver ? { kind: 'Wanted' } : { kind: 'Refused', message: obstacle };
  }
  if (!wish.noted) return { kind: 'Wanted' };
  if (refusing.length === 0) return { kind: 'LetIn' };
  if (wish.told || !isUnknown) return { kind: 'Told', remembering: refusing };
  return { kind: 'Noted', isNew: !isSame && role === undefined };
}

/** Somebody may have put the login of an application into the copy, which may not look. */
async function roleOf(
  next: Credentials,
  { own, isLetIn }: { own: Superuser; isLetIn: boolean },
  target: Target,
  { admin, signal }: Asking,
): Promise<KnownRole | undefined> {
  const seenBy = async (login: Superuser) => (await admin.roles(target, login, signal)).roles.get(next.username);
  try {
    return await seenBy(own);
  } catch (error) {
    signal.throwIfAborted();
    if (!isLetIn) throw error;
    return seenBy(next);
  }
}

async function whoRefuses(credentials: Credentials, { doors, admin, signal }: Asking): Promise<string[]> {
  const answers = await Promise.all(doors.map(({ target }) => admin.letsIn(target, credentials, signal)));
  return doors.filter((_, index) => answers[index] === false).map(({ member }) => member);
}

function shutOut({ service, superuserSecret }: SuperuserOwner): string {
  return `Cassandra lets the operator in neither by Secret ${superuserSecret} nor by its copy ${names.binding(service)}: put the password that it has into ${superuserSecret}`;
}

/** Of an application, perhaps: it would not be asked. */
function lesser(
  { username }: Credentials,
  role: KnownRole | undefined,
  { superuserSecret }: SuperuserOwner,
): string | undefined {
  if (role === undefined || (role.login && role.superuser)) return undefined;
  return `role ${username} exists and is no superuser that may log in: name another one in Secret ${superuserSecret}`;
}

/** None while applications have what the Secret says. */
export function superuserPlans(
  change: SuperuserChange | undefined,
  model: SuperuserOwner,
): PlanDraft<SuperuserAction>[] {
  if (change === undefined) return [];
  const step = { name: 'superuser:[change]', reason: 'PasswordChanged', progress: progressOf(change, model) } as const;
  const phase: PhaseDraft<SuperuserAction> = { name: 'authentication', strategy: 'Serial', steps: [step] };
  return [{ name: superuserPlan, revision: change.version, strategy: 'Serial', phases: [phase] }];
}

function progressOf({ version, state }: SuperuserChange, model: SuperuserOwner): Progress<SuperuserAction> {
  const { service, superuserSecret } = model;
  switch (state.kind) {
    case 'Wanted': {
      const message = `notes what Secret ${superuserSecret} says, before Cassandra is told`;
      return { kind: 'Due', action: { kind: 'NoteSuperuser', version }, message };
    }
    case 'Noted': {
      const { isNew } = state;
      const message = isNew ? 'makes the superuser that is wanted' : 'gives the superuser the password that is wanted';
      return { kind: 'Due', action: { kind: 'TellSuperuser', isNew }, message, midway: true };
    }
    case 'Told': {
      const message = `${listed(state.remembering)} still let in by what they have read before (spec.authentication.caches.credentials)`;
      return { kind: 'InProgress', message };
    }
    case 'LetIn': {
      const message = `gives it to applications by Secret ${names.binding(service)}`;
      return { kind: 'Due', action: { kind: 'CopySuperuser' }, message, midway: true };
    }
    case 'Refused':
      return { kind: 'Error', message: state.message };
    case 'Unknown':
      return { kind: 'Waiting', message: state.message };
    default:
      return state satisfies never;
  }
}

/** What is known was read a moment ago, perhaps by one who leads no more: the copy is read anew, and changed as it was read. */
export async function changeSuperuser(
  action: SuperuserAction,
  target: Target,
  model: SuperuserOwner,
  admin: CassandraAdmin,
  turn: Turn,
): Promise<void> {
  const { namespace } = model.service;
  const { api, signal } = turn;
  const secret = await readSecret({ namespace, name: model.superuserSecret }, turn);
  const copy = await api.read(secrets, { namespace, name: names.binding(model.service) }, { signal });
  const own = superuserIn(secret, copy, model.published);
  if (copy === undefined || own?.wish === undefined) return;
  const patch = changeOfCopy(action, own, own.wish);
  if (patch === undefined) return;
  if (action.kind === 'TellSuperuser' && !(await tell(own, action, target, admin, turn))) return;
  const { uid, resourceVersion } = copy.metadata;
  const metadata = { ...patch.metadata, uid, resourceVersion };
  await api.patch(secrets, refOf(copy), { ...patch, metadata }, { signal });
}

interface CopyPatch {
  metadata: { annotations: Record<string, string | null> };
  data?: Record<string, string | null>;
}

/** Undefined where it is done, or something else is wanted by now. */
function changeOfCopy(action: SuperuserAction, { next }: KnownSuperuser, wish: SuperuserWish): CopyPatch | undefined {
  const untold = { metadata: { annotations: { [toldAnnotation]: null } } };
  const { username, password } = noteKeys;
  switch (action.kind) {
    case 'NoteSuperuser': {
      const { wanted, version } = wish;
      if (wanted === undefined || version !== action.version) return undefined;
      return { ...untold, data: encoded({ [username]: wanted.username, [password]: wanted.password }) };
    }
    case 'TellSuperuser':
      return wish.noted ? { metadata: { annotations: { [toldAnnotation]: 'true' } } } : undefined;
    case 'CopySuperuser':
      if (!wish.noted || next === undefined) return undefined;
      return { ...untold, data: { ...encoded({ ...next }), [username]: null, [password]: null } };
    default:
      return action satisfies never;
  }
}

/** Whether Cassandra has done it: it takes no second password of a role within some seconds. */
async function tell(
  own: KnownSuperuser,
  { isNew }: { isNew: boolean },
  target: Target,
  admin: CassandraAdmin,
  { log, signal }: Turn,
): Promise<boolean> {
  const { username: role, password } = own.next ?? own;
  const create: RoleChange[] = isNew ? [{ kind: 'Create', role, login: true, superuser: true }] : [];
  const changes: RoleChange[] = [...create, { kind: 'SetPassword', role, password }];
  const refusal = (await admin.changeRoles(target, own, changes, signal)).get(role);
  if (refusal === undefined) return true;
  if (!refusal.passes) throw new Error(`Cassandra refuses superuser ${role}: ${refusal.message}`);
  log.info(`the superuser is told later: ${refusal.message}`, { step: 'act' });
  return false;
}
