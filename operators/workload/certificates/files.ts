/** The certificates of a member as its processes find them. */
import type { Container, Volume } from '../members/member-set.ts';
import { certificateNames, leafKey, trustKey } from './secrets.ts';

const folder = '/etc/stateward-tls';

/** What everybody trusts. */
export const trustFile = `${folder}/${trustKey}`;

/** Key and certificate of the member whose name stands in this expression, e.g. of a shell. */
export function leafFile(pod: string): string {
  return `${folder}/${leafKey(pod)}`;
}

/** All of a group: which file is its own a pod knows by its name. The kubelet brings a change to a pod that runs. */
export function certificateVolume(set: string): Volume {
  return { name: 'tls', secret: { secretName: certificateNames.members(set), defaultMode: 0o440 } };
}

export const certificateMount: NonNullable<Container['volumeMounts']>[number] = {
  name: 'tls',
  mountPath: folder,
  readOnly: true,
};
