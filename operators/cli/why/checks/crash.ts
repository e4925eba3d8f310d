/** Do the processes stay up? */

import type { V1ContainerStatus } from '@kubernetes/client-node';
import type { Pod, Wire } from '../../../kube/resource.ts';
import { briefly } from '../../../plan/tree.ts';
import { reportPod } from '../../../workload/members/pod-state.ts';
import type { Service } from '../../services.ts';
import type { Facts, MemberFacts } from '../facts.ts';
import { type Finding, fail, orPass, pass } from '../finding.ts';

/** How long a crash that is over is told. */
const recentMs = 3_600_000;

export function processesStay({ service, members, now }: Facts): Finding[] {
  const running = members.filter(({ pod }) => pod?.spec?.nodeName !== undefined);
  if (running.length === 0) return [];
  const found = running.flatMap((member) => crashes(member, service, now));
  return orPass(found, 'process', 'none has ended in the last hour');
}

function crashes({ name, pod, claims }: MemberFacts, service: Service, now: number): Finding[] {
  const { state, message } = reportPod(pod, claims);
  const words = `${service.metadata.name} ${name}`;
  switch (state) {
    case 'ContainerError':
      return [fail('process', `${name}: ${message}`, 'make what it lacks, or correct the spec; it is tried again')];
    case 'Crashing':
      return [fail('process', `${name}: ${message}`, crashFix(message, words))];
    default:
      return pod === undefined ? [] : recent(pod, now, words);
  }
}

function crashFix(message: string, words: string): string {
  if (message.includes('out of memory')) return 'raise resources.limits.memory, or lower jvm.heap';
  return `kubectl stateward logs ${words} --previous; then correct the spec`;
}

/** It runs again; that it was killed for memory is worth a word all the same. */
function recent(pod: Pod, now: number, words: string): Finding[] {
  return (pod.status?.containerStatuses ?? []).flatMap((container): Finding[] => {
    const last = container.lastState?.terminated;
    const ended = Date.parse(last?.finishedAt ?? '');
    if (last === undefined || Number.isNaN(ended) || now - ended > recentMs) return [];
    const finding = `${pod.metadata.name} runs again: ${container.name} ended ${briefly(now - ended)} ago with ${endOf(last)}`;
    if (last.reason !== 'OOMKilled') return [pass('process', finding)];
    return [fail('process', finding, crashFix('out of memory', words))];
  });
}

type Terminated = NonNullable<NonNullable<Wire<V1ContainerStatus>['lastState']>['terminated']>;

function endOf({ reason, exitCode }: Terminated): string {
  return reason === 'OOMKilled' ? 'out of memory' : `exit code ${exitCode}`;
}
