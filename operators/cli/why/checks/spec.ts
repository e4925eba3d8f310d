/** Has the operator read the spec, and does it follow it? */
import type { Facts } from '../facts.ts';
import { type Finding, fail, pass } from '../finding.ts';

/** What is wrong with a step is no fault of the spec as such; see the check `plan`. */
const ofSteps = 'StepFailed';

export function specAccepted({ service }: Facts): Finding[] {
  const { metadata, status } = service;
  if (metadata.deletionTimestamp !== undefined) {
    const finding = `it is being deleted since ${metadata.deletionTimestamp}`;
    return [fail('spec', finding, 'wait: what remains is removed step by step; apply it again once it is gone')];
  }
  const { generation = 0 } = metadata;
  const seen = status?.observedGeneration;
  if (seen !== generation) {
    const finding = `generation ${generation} has not been looked at${seen === undefined ? '' : `, ${seen} was the last`}`;
    return [fail('spec', finding, 'a running operator needs a few seconds for it; otherwise see the check operator')];
  }
  const stalled = status?.conditions?.find((condition) => condition.type === 'Stalled' && condition.status === 'True');
  if (stalled === undefined || stalled.reason === ofSteps)
    return [pass('spec', `generation ${generation} is accepted`)];
  const finding = `generation ${generation} is refused (${stalled.reason}): ${stalled.message}`;
  return [fail('spec', finding, 'correct the spec; what runs goes on as before')];
}
