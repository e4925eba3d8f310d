/** Runs one action that the plan allows now. Each may be run again after a crash. */
import { addressAt } from '../workload/address.ts';
import { memberDns } from '../workload/identity.ts';
import { annotatePod, type Turn } from '../workload/io.ts';
import type { Address, Change, KafkaAdmin, VoterAddition, VoterRemoval } from './admin/admin.ts';
import type { AlterConfig } from './config/configure.ts';
import type { KafkaModel } from './index.ts';
import { canCordon, type LeaveAction } from './leave.ts';
import { controllerListener, names, ports } from './names.ts';
import { addressOf, isServingBroker, type KafkaSnapshot } from './observe.ts';
import type { ChangeVoters, KafkaAction } from './plan.ts';
import type { KafkaSettings } from './spec.ts';
import { zoneAnnotation } from './start.ts';

export async function actOnKafka(
  action: KafkaAction,
  model: KafkaModel,
  snapshot: KafkaSnapshot,
  { admin, settings }: { admin: KafkaAdmin; settings: KafkaSettings },
  turn: Turn,
): Promise<void> {
  switch (action.kind) {
    case 'TellZone':
      return annotatePod(action, { [zoneAnnotation]: action.zone }, model.service.namespace, turn);
    case 'ElectPreferred': {
      const broker = anyBroker(snapshot);
      return broker === undefined ? undefined : admin.electPreferred(broker, action.partitions, turn.signal);
    }
    case 'RemoveVoter':
    case 'AddVoter':
      return changeVoters(action, { model, snapshot, admin, settings, turn });
    case 'AlterConfig':
      return alterConfig(action, snapshot, admin, turn);
    case 'Unregister':
      if (!(await uncordonStopped(action.nodeId, { model, snapshot, admin, turn }))) return;
      return handOver(action, snapshot, admin, turn);
    case 'Cordon':
    case 'Reassign':
      return handOver(action, snapshot, admin, turn);
    case 'CloseListener':
      // The status that was written before this is without it: so it is done, whatever becomes of this process.
      return turn.log.info(`listener ${action.listener} is closed: brokers are to restart without it`, { step: 'act' });
    default:
      return action satisfies never;
  }
}

async function alterConfig(
  { changes }: AlterConfig,
  snapshot: KafkaSnapshot,
  admin: KafkaAdmin,
  turn: Turn,
): Promise<void> {
  const broker = anyBroker(snapshot);
  if (broker === undefined) return;
  const answer = await admin.alterDynamicConfig(broker, changes, { validateOnly: false }, turn.signal);
  // It was asked before; the next reconcile asks again and shows the reason.
  if (answer.kind === 'Refused') turn.log.warn(`Kafka refuses spec.config: ${answer.message}`, { step: 'act' });
}

/** What is refused now is tried again while it is due. */
async function handOver(action: LeaveAction, snapshot: KafkaSnapshot, admin: KafkaAdmin, turn: Turn): Promise<void> {
  const broker = action.kind === 'Cordon' ? brokerOf(action.nodeId, snapshot) : anyBroker(snapshot);
  const answer = broker === undefined ? undefined : await askToHandOver(action, broker, admin, turn.signal);
  if (answer?.kind === 'Refused') turn.log.warn(`${action.kind} is refused: ${answer.message}`, { step: 'act' });
}

async function askToHandOver(
  action: LeaveAction,
  broker: Address,
  admin: KafkaAdmin,
  signal: AbortSignal,
): Promise<Change | undefined> {
  switch (action.kind) {
    case 'Cordon':
      return admin.cordon(broker, action.nodeId, action.cordoned, signal);
    case 'Reassign':
      return admin.reassign(broker, action.moves, signal);
    case 'Unregister':
      await admin.unregisterBroker(broker, action.nodeId, signal);
      return undefined;
    default:
      return action satisfies never;
  }
}

/** The next broker of this id would take no replicas either: Kafka keeps what is set for a broker that it forgets. */
async function uncordonStopped(
  nodeId: number,
  { model, snapshot, admin, turn }: Pick<Vote, 'model' | 'snapshot' | 'admin' | 'turn'>,
): Promise<boolean> {
  if (!canCordon(model)) return true;
  const controller = activeController(snapshot);
  if (controller === undefined) return false;
  const answer = await admin.cordon(controller, nodeId, false, turn.signal);
  // Where it is refused it was refused before: this cluster does not know of it.
  if (answer.kind === 'Refused') turn.log.warn(`node ${nodeId} stays as it is: ${answer.message}`, { step: 'act' });
  return true;
}

interface Vote {
  model: KafkaModel;
  snapshot: KafkaSnapshot;
  admin: KafkaAdmin;
  settings: KafkaSettings;
  turn: Turn;
}

async function changeVoters(action: ChangeVoters, { model, snapshot, admin, settings, turn }: Vote): Promise<void> {
  const leader = activeController(snapshot);
  if (leader === undefined) return;
  const { nodeId, directoryId } = action;
  const { clusterId, service } = model;
  if (action.kind === 'RemoveVoter') {
    const answer = await admin.removeVoter(leader, { nodeId, directoryId }, clusterId, turn.signal);
    return tell(answer, action, turn);
  }
  const host = memberDns(action.member, names.members(service), service, settings.clusterDomain);
  const endpoints = [{ listener: controllerListener, host, port: ports.controller }];
  return tell(await admin.addVoter(leader, { nodeId, directoryId, endpoints }, clusterId, turn.signal), action, turn);
}

/** What is refused now is tried again while it is due. */
function tell(answer: VoterAddition | VoterRemoval, { kind, nodeId }: ChangeVoters, turn: Turn): void {
  if (answer.kind === 'Refused')
    turn.log.warn(`${kind} of node ${nodeId} is refused: ${answer.message}`, { step: 'act' });
}

/** Any that serves: it hands on what is the controllers' business. */
function anyBroker({ members, forwarding }: KafkaSnapshot): Address | undefined {
  const serving = members.filter(isServingBroker);
  const member = serving.find(({ nodeId }) => forwarding.get(nodeId) !== false) ?? serving[0];
  return member === undefined ? undefined : addressOf(member);
}

/** What is set for one broker nobody else takes. */
function brokerOf(nodeId: number, { members }: KafkaSnapshot): Address | undefined {
  const member = members.find((candidate) => candidate.nodeId === nodeId && isServingBroker(candidate));
  return member === undefined ? undefined : addressOf(member);
}

/** Brokers go on asking a former one after a change of leader. */
function activeController({ members, cluster }: KafkaSnapshot): Address | undefined {
  const leader = members.find(({ nodeId }) => nodeId === cluster?.quorum.leaderId);
  return leader && addressAt(leader, ports.controller);
}
