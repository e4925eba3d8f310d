/** Can the images be had? */
import { reportPod } from '../../../workload/members/pod-state.ts';
import type { Facts } from '../facts.ts';
import { type Finding, fail, orPass } from '../finding.ts';

export function imagesPulled({ members }: Facts): Finding[] {
  const running = members.filter(({ pod }) => pod?.spec?.nodeName !== undefined);
  if (running.length === 0) return [];
  const found = running.flatMap(({ name, pod, claims }) => {
    const { state, message } = reportPod(pod, claims);
    if (state !== 'ImageError') return [];
    return [
      fail('image', `${name}: ${message}`, 'correct version or image in the spec, or let the node reach the registry'),
    ];
  });
  return orPass(found, 'image', 'no image is missing');
}
