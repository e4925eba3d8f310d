/** Does every pod have a node, and a node that answers? If not: what stands against each node. */

import type { Node, PersistentVolume, Pod } from '../../../kube/resource.ts';
import { counted, listed } from '../../../plan/listed.ts';
import { briefly } from '../../../plan/tree.ts';
import { type Facts, itemsOf, type MemberFacts, unreadable } from '../facts.ts';
import { type Finding, fail, orPass, unknown } from '../finding.ts';
import { type Ground, type Misfit, type MisfitKind, misfits } from '../node-fit.ts';

export function podsPlaced(facts: Facts): Finding[] {
  const placed = facts.members.filter(({ pod }) => pod?.spec?.nodeName !== undefined);
  const found = facts.members.flatMap((member) => {
    const { pod } = member;
    if (pod === undefined) return [];
    return pod.spec?.nodeName === undefined
      ? [unplaced(member, pod, facts)]
      : nodeTrouble(member, pod.spec.nodeName, facts);
  });
  if (found.length === 0 && placed.length === 0) return [];
  return orPass(found, 'placement', `${counted(placed.length, 'member')} on ${counted(nodesOf(placed), 'node')}`);
}

function nodesOf(members: readonly MemberFacts[]): number {
  return new Set(members.map(({ pod }) => pod?.spec?.nodeName)).size;
}

function nodeTrouble({ name }: MemberFacts, nodeName: string, { service, nodes, now }: Facts): Finding[] {
  if (!nodes.ok) return [];
  const node = nodes.items.find(({ metadata }) => metadata.name === nodeName);
  const fix = `bring the node back; if it is lost for good: kubectl stateward member replace ${service.metadata.name} ${name}`;
  if (node === undefined) return [fail('placement', `${name} is on node ${nodeName}, which is gone`, fix)];
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready === undefined || ready.status === 'True') return [];
  const since = Date.parse(ready.lastTransitionTime ?? '');
  const long = Number.isNaN(since) ? '' : ` for ${briefly(now - since)}`;
  const why = ready.message === undefined ? '' : `: ${ready.message}`;
  return [fail('placement', `${name} is on node ${nodeName}, which is not ready${long}${why}`, fix)];
}

function unplaced(member: MemberFacts, pod: Pod, facts: Facts): Finding {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') {
    return unknown('placement', `${member.name} has no node, and the scheduler has not said why yet`);
  }
  const said = `the scheduler says: ${scheduled.message ?? scheduled.reason ?? 'nothing'}`;
  const why = unreadable(facts.nodes, facts.neighbours, facts.volumes);
  if (why !== undefined)
    return fail(
      'placement',
      `${member.name} has no node; ${said}`,
      `look at the nodes, which are not to be seen from here: ${why}`,
    );
  return perNode(member, groundOf(pod, member, facts), said);
}

function groundOf(pod: Pod, { claims }: MemberFacts, { nodes, neighbours, volumes }: Facts): Ground {
  const wanted = claims.map(({ spec }) => spec?.volumeName);
  const placed = itemsOf(neighbours).filter(({ spec }) => spec?.nodeName !== undefined);
  const needed: PersistentVolume[] = itemsOf(volumes).filter(({ metadata }) => wanted.includes(metadata.name));
  return {
    pod,
    volumes: needed,
    neighbours: Map.groupBy(placed, ({ spec }) => spec?.nodeName ?? ''),
    nodes: itemsOf(nodes),
  };
}

interface Judged {
  node: Node;
  reasons: Misfit[];
}

function perNode({ name }: MemberFacts, ground: Ground, said: string): Finding {
  const judged = ground.nodes.map((node): Judged => ({ node, reasons: misfits(node, ground) }));
  const fitting = judged.filter(({ reasons }) => reasons.length === 0).map(({ node }) => node.metadata.name);
  const details = byReason(judged.filter(({ reasons }) => reasons.length > 0));
  if (fitting.length > 0) {
    const fix = `${listed(fitting)} would do by taints, labels, volumes and free resources: look at spread constraints and at the scheduler`;
    return fail('placement', `${name} has no node; ${said}`, fix, details);
  }
  return fail('placement', `${name} fits none of ${counted(judged.length, 'node')}`, fixOf(judged), details);
}

const linesShown = 20;

/** Nodes against which the same stands share a line. */
function byReason(judged: readonly Judged[]): string[] {
  const groups = Map.groupBy(judged, ({ reasons }) => reasons.map(({ text }) => text).join('; '));
  const lines = [...groups].map(
    ([reasons, nodes]) => `${listed(nodes.map(({ node }) => node.metadata.name))}: ${reasons}`,
  );
  const more = lines.length - linesShown;
  return more > 0 ? [...lines.slice(0, linesShown), `and ${counted(more, 'other reason')}`] : lines;
}

/** For the node against which least stands. */
function fixOf(judged: readonly Judged[]): string {
  const [closest] = judged.toSorted((one, other) => distance(one) - distance(other));
  if (closest === undefined) return 'add a node';
  const name = closest.node.metadata.name;
  const kinds = new Set(closest.reasons.map(({ kind }) => kind));
  return `closest is ${name}: ${[...kinds].map((kind) => adviceOf(kind, name)).join('; ')}`;
}

/** A volume moves nowhere: a node that it is not on is far away, whatever else stands against the one that has it. */
function distance({ reasons }: Judged): number {
  const elsewhere = reasons.some(({ kind }) => kind === 'Volume');
  return reasons.length + (elsewhere ? farAway : 0);
}

const farAway = 1000;

function adviceOf(kind: MisfitKind, node: string): string {
  switch (kind) {
    case 'Cordon':
      return `kubectl uncordon ${node}`;
    case 'Taint':
      return 'tolerate its taint in placement.tolerations, or remove the taint';
    case 'Selector':
      return 'correct placement in the spec (also gpuNodes and the zone of a rack), or label the node';
    case 'Volume':
      return 'bring back the node that the volume is on; if it is lost for good, replace the member';
    case 'Resource':
      return 'ask for less in resources, or free some there';
    case 'Apart':
      return 'add a node, or set placement.membersPerNode to Any';
    default:
      return kind satisfies never;
  }
}
