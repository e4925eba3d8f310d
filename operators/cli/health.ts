/** How a service is, in one line. */
import type { Condition } from '../../crds/status.ts';
import { isTrue } from '../workload/conditions.ts';
import type { Service } from './services.ts';

/** What is wrong wherever it is True; the first that holds is told. */
const troubles = ['Stalled', 'DataAtRisk', 'CertificatesAtRisk'] as const;

export function conditionOf(service: Service, type: string): Condition | undefined {
  return service.status?.conditions?.find((condition) => condition.type === type);
}

/** Whether status is about the spec as it is now. */
export function isObserved({ metadata, status }: Service): boolean {
  return status?.observedGeneration !== undefined && status.observedGeneration === metadata.generation;
}

export function isReady(service: Service): boolean {
  return isObserved(service) && isTrue(service.status?.conditions ?? [], 'Ready');
}

/** `undefined` for a service that is well. */
export function healthOf(service: Service): string | undefined {
  const conditions = service.status?.conditions ?? [];
  if (conditions.length === 0) return 'no operator has looked at it yet';
  const trouble = conditions.find(({ type, status }) => status === 'True' && troubles.some((each) => each === type));
  if (trouble !== undefined) return said(trouble);
  if (!isObserved(service)) return 'its newest spec has not been looked at yet';
  const ready = conditionOf(service, 'Ready');
  return ready === undefined || ready.status === 'True' ? undefined : said(ready);
}

function said({ type, status, reason, message }: Condition): string {
  const [first = ''] = message.split('\n');
  return `${type === 'Ready' && status !== 'True' ? 'not Ready' : type} (${reason}): ${first}`;
}
