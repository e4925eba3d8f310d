/** Does an operator look after this service at all? Told by the Lease that a leader renews every few seconds. */

import type { Lease, Pod } from '../../../kube/resource.ts';
import { listed } from '../../../plan/listed.ts';
import { briefly } from '../../../plan/tree.ts';
import { reportPod } from '../../../workload/members/pod-state.ts';
import { type Facts, itemsOf, unreadable } from '../facts.ts';
import { type Finding, fail, pass, unknown } from '../finding.ts';

/** The chart's labels of the operator's pods. */
export const operatorLabels = { 'app.kubernetes.io/name': 'stateward', 'app.kubernetes.io/component': 'operator' };

/** Beyond the duration of the lease, for clocks that differ: the one here is not the leader's. */
const toleranceMs = 30_000;

export function operatorRuns(facts: Facts): Finding[] {
  const why = unreadable(facts.operators, facts.leases);
  if (why !== undefined) return [unknown('operator', `whether it runs is not to be seen: ${why}`)];
  const all = itemsOf(facts.operators);
  const { namespace = '' } = facts.service.metadata;
  const serving = all.filter((pod) => serves(pod, namespace));
  if (all.length > 0 && serving.length === 0) return [servesOthers(all, namespace)];
  const elected = serving.filter((pod) => setting(pod, 'STATEWARD_LEADER_ELECTION') !== 'false');
  if (elected.length < serving.length) return [withoutElection(serving)];
  const leases = leasesOf(elected, itemsOf(facts.leases));
  return [leases.map((lease) => leads(lease, facts.now)).find(Boolean) ?? nobodyLeads(serving, leases, facts.now)];
}

function setting(pod: Pod, name: string): string | undefined {
  return pod.spec?.containers.flatMap(({ env = [] }) => env).find((variable) => variable.name === name)?.value;
}

function serves(pod: Pod, namespace: string): boolean {
  const only = (setting(pod, 'STATEWARD_NAMESPACES') ?? '').split(',').map((part) => part.trim());
  return only.join('') === '' || only.includes(namespace);
}

function servesOthers(pods: readonly Pod[], namespace: string): Finding {
  const [home = ''] = pods.map((pod) => pod.metadata.namespace);
  const only = [...new Set(pods.map((pod) => setting(pod, 'STATEWARD_NAMESPACES') ?? ''))].join(', ');
  const fix = `add ${namespace} to watchNamespaces of the chart in ${home}`;
  return fail('operator', `the operator in ${home} serves ${only} only`, fix);
}

function withoutElection(pods: readonly Pod[]): Finding {
  const ready = pods.find((pod) => reportPod(pod, []).state === 'Ready');
  if (ready !== undefined) return pass('operator', `${ready.metadata.name} runs, without an election`);
  return fail('operator', `no pod of the operator is ready: ${troubles(pods)}`, mendPods(pods));
}

/** Those that the pods say they stand for; without pods, the ones that are named so. */
function leasesOf(pods: readonly Pod[], leases: readonly Lease[]): Lease[] {
  if (pods.length === 0) return leases.filter(({ metadata }) => metadata.name.includes('stateward'));
  return leases.filter(({ metadata: { namespace, name } }) =>
    pods.some(
      (pod) => pod.metadata.namespace === namespace && (setting(pod, 'STATEWARD_LEASE_NAME') ?? 'stateward') === name,
    ),
  );
}

function leads(lease: Lease, now: number): Finding | undefined {
  const { holderIdentity = '', leaseDurationSeconds = 15 } = lease.spec ?? {};
  const silence = silenceOf(lease, now);
  if (holderIdentity === '' || silence === undefined) return undefined;
  if (silence > leaseDurationSeconds * 1000 + toleranceMs) return undefined;
  return pass('operator', `${holderIdentity} leads, by lease ${nameOf(lease)}, renewed ${briefly(silence)} ago`);
}

function silenceOf({ spec }: Lease, now: number): number | undefined {
  const renewed = Date.parse(spec?.renewTime ?? '');
  return Number.isNaN(renewed) ? undefined : now - renewed;
}

function nameOf({ metadata }: Lease): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function nobodyLeads(pods: readonly Pod[], leases: readonly Lease[], now: number): Finding {
  if (pods.length === 0 && leases.length === 0) {
    return fail(
      'operator',
      'there is no operator in any namespace',
      'install it: helm install stateward charts/stateward',
    );
  }
  const said = leases.map((lease) => {
    const silence = silenceOf(lease, now);
    if ((lease.spec?.holderIdentity ?? '') === '' || silence === undefined)
      return `lease ${nameOf(lease)} has no holder`;
    return `lease ${nameOf(lease)} was last renewed ${briefly(silence)} ago`;
  });
  const state = pods.length === 0 ? 'it has no pods' : troubles(pods);
  const finding = `no operator leads: ${[...said, state].join('; ')}`;
  return fail('operator', finding, mendPods(pods));
}

function troubles(pods: readonly Pod[]): string {
  return listed(
    pods.map((pod) => {
      const { state, message } = reportPod(pod, []);
      return `${pod.metadata.name} is ${state}${message === '' ? '' : ` (${message})`}`;
    }),
  );
}

function mendPods([pod]: readonly Pod[]): string {
  if (pod === undefined) return 'start it again: it stopped without giving its lease back';
  return `see kubectl -n ${pod.metadata.namespace} logs ${pod.metadata.name}`;
}
