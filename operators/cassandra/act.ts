/** Runs one action that the plan allows now. Each may be run again after a crash. */
import { persistentVolumeClaims } from '../kube/resource.ts';
import { annotatePod, type Turn } from '../workload/io.ts';
import type { CassandraAdmin, Superuser, Target } from './admin/admin.ts';
import type { CassandraModel } from './index.ts';
import { hostIdAnnotation, leaveAnnotation, startAnnotation } from './names.ts';
import { type CassandraSnapshot, targetOf } from './observe.ts';
import type { CassandraAction } from './plan.ts';
import { replicationOf } from './replication.ts';
import { changeSuperuser } from './superuser/change.ts';
import { readSuperuser } from './superuser/secret.ts';

export async function actOnCassandra(
  action: CassandraAction,
  model: CassandraModel,
  snapshot: CassandraSnapshot,
  admin: CassandraAdmin,
  turn: Turn,
): Promise<void> {
  const { namespace } = model.service;
  const { api, signal } = turn;
  switch (action.kind) {
    case 'Grant':
      return annotatePod(action, { [startAnnotation]: action.mode }, namespace, turn);
    case 'Leave':
      return annotatePod(action, { [leaveAnnotation]: action.hostId }, namespace, turn);
    case 'RecordIdentity': {
      // An empty volume that took the place of the one that was seen holds nobody's data.
      const claims = snapshot.members.flatMap((member) => member.claims);
      const uid = claims.find(({ metadata }) => metadata.name === action.claim)?.metadata.uid;
      const patch = { metadata: { uid, annotations: { [hostIdAnnotation]: action.hostId } } };
      await api.patch(persistentVolumeClaims, { namespace, name: action.claim }, patch, { signal });
      return;
    }
    case 'NoteSuperuser':
    case 'TellSuperuser':
    case 'CopySuperuser': {
      const target = targetOf(model, snapshot.members);
      if (target !== undefined) await changeSuperuser(action, target, model, admin, turn);
      return;
    }
    case 'CreateSuperuser':
    case 'LockDefaultRole':
    case 'ReplicateSystem':
      return authenticate(action, model, snapshot, admin, turn);
    default:
      return action satisfies never;
  }
}

type AuthenticationAction = Extract<
  CassandraAction,
  { kind: 'CreateSuperuser' | 'LockDefaultRole' | 'ReplicateSystem' }
>;

async function authenticate(
  action: AuthenticationAction,
  model: CassandraModel,
  snapshot: CassandraSnapshot,
  admin: CassandraAdmin,
  turn: Turn,
): Promise<void> {
  const target = targetOf(model, snapshot.members);
  const own = await readSuperuser(model, turn);
  if (target === undefined || own === undefined) return;
  await speak(action, { model, target, own, admin, turn });
}

interface Speech {
  model: CassandraModel;
  target: Target;
  own: Superuser;
  admin: CassandraAdmin;
  turn: Turn;
}

async function speak(action: AuthenticationAction, { model, target, own, admin, turn }: Speech): Promise<void> {
  const { signal } = turn;
  switch (action.kind) {
    case 'CreateSuperuser':
      return admin.createSuperuser(target, own, signal);
    case 'LockDefaultRole':
      return admin.lockDefault(target, own, turn.randomBytes(24).toString('base64url'), signal);
    case 'ReplicateSystem':
      return admin.replicate(target, own, action.keyspaces, replicationOf(model), signal);
    default:
      return action satisfies never;
  }
}
