/** Pure: who logs in for a role, by what password, and who did so before. */
import type { CassandraRoleStatus } from '../../../crds/cassandra-role.ts';
import { durationMs } from '../../kube/duration.ts';
import { newPassword } from '../../workload/entities/password.ts';
import type { RoleModel } from './role.ts';

/** A Secret, as status remembers it. */
export type Source = Pick<NonNullable<CassandraRoleStatus['password']>, 'uid' | 'resourceVersion'>;

/** What the Secrets say. */
export interface Known {
  /** The application's. */
  stored: { username: string; password: string; source: Source } | undefined;
  /** The user's. */
  given: { password: string; source: Source } | undefined;
}

export interface Login {
  username: string;
  password: string;
  /** The user's Secret, if the password is from there. */
  given: Source | undefined;
  /** Cassandra is to be given the password, whatever it has. */
  isNew: boolean;
  /** Of two that take turns, the one whose turn it was. */
  former: Former | undefined;
}

export interface Former {
  name: string;
  /** Until when it may log in; undefined if it may not. */
  until: string | undefined;
  /** Its time has just come to an end. */
  ends: boolean;
}

interface Luck {
  now: number;
  randomBytes: (length: number) => Buffer;
}

export function loginOf(role: RoleModel, known: Known, luck: Luck): Login {
  const { stored, given } = known;
  const { status } = role.object;
  const next = nextLogin(role, known, luck);
  const source = given?.source ?? (next.username === stored?.username ? stored.source : undefined);
  return {
    ...next,
    given: given?.source,
    isNew: next.rotates || !isSame(source, status?.password),
    former: formerOf(role, next.username, luck.now),
  };
}

/** With two, the password of one that is in use is never replaced: it is the other's turn. */
function nextLogin(role: RoleModel, { stored, given }: Known, luck: Luck) {
  const [only = role.name] = role.logins;
  const isDue = stored !== undefined && isOld(role, stored.source, luck.now);
  const password = isDue ? undefined : (given ?? stored)?.password;
  const isKept = stored !== undefined && role.logins.includes(stored.username) && stored.password === password;
  if (isKept) return { username: stored.username, password: stored.password, rotates: false };
  const before = stored?.username ?? role.object.status?.username;
  const username = role.logins.find((name) => name !== before) ?? only;
  return { username, password: given?.password ?? madeUp(role, password, luck), rotates: true };
}

/** With two, also a password that is still there is that of the other. */
function madeUp({ logins }: RoleModel, password: string | undefined, { randomBytes }: Luck): string {
  return logins.length > 1 || password === undefined ? newPassword(randomBytes) : password;
}

/** Only if the status is about this very password, and the former login has had its time. */
function isOld({ object: { status }, spec }: RoleModel, source: Source, now: number): boolean {
  const { every } = spec.rotation;
  const written = status?.password?.written;
  if (every === undefined || written === undefined || !isSame(source, status?.password)) return false;
  const isClosed = status?.formerUntil === undefined || Date.parse(status.formerUntil) <= now;
  return isClosed && written / 1000 + (durationMs(every) ?? 0) <= now;
}

function isSame(source: Source | undefined, known: Source | undefined): boolean {
  return source !== undefined && source.uid === known?.uid && source.resourceVersion === known.resourceVersion;
}

function formerOf({ logins, object: { status }, spec }: RoleModel, username: string, now: number): Former | undefined {
  const name = logins.length < 2 ? undefined : logins.find((login) => login !== username);
  if (name === undefined) return undefined;
  if (status?.username === name) {
    const until = new Date(now + (durationMs(spec.rotation.grace) ?? 0)).toISOString();
    return { name, until, ends: false };
  }
  const until = status?.formerUntil;
  const ends = until !== undefined && Date.parse(until) <= now;
  return { name, until: ends ? undefined : until, ends };
}
