/** Who lets whom in: the certificates of a process as its kubelet last brought them. */
import { isSignedBy, readBundle } from '../../../operators/tls/certificate.ts';
import type { Access } from '../../../operators/workload/certificates/access.ts';
import { leafKey, trustKey } from '../../../operators/workload/certificates/secrets.ts';
import { endOf } from '../../../operators/workload/certificates/wanted.ts';
import { type Running, serviceOf } from './kubelet.ts';

/** By bundle and leaf: everybody meets everybody at each step. */
const known = new Map<string, Map<string, boolean>>();

function trusts(bundle: string, leaf: string): boolean {
  const leaves = known.get(bundle) ?? new Map<string, boolean>();
  known.set(bundle, leaves);
  const answer = leaves.get(leaf) ?? isTrusted(bundle, leaf);
  leaves.set(leaf, answer);
  return answer;
}

function isTrusted(bundle: string, leaf: string): boolean {
  const read = readBundle(bundle);
  return read.ok && read.value.some(({ pem }) => isSignedBy(leaf, pem));
}

function certificateOf({ pod, files }: Running): string {
  const text = files[leafKey(pod.metadata.name)] ?? '';
  return text.slice(Math.max(0, text.indexOf('-----BEGIN CERTIFICATE')));
}

/** PEM of what the process presents to somebody whom it lets in. */
export function greet(member: Running, { identity, trusted }: Access, now: number): string {
  const leaf = certificateOf(member);
  if (endOf(leaf) <= now) throw new Error('certificate has expired');
  if (!trusts(trusted, leaf)) throw new Error('unable to verify the first certificate');
  if (!trusts(member.files[trustKey] ?? '', identity.certificate)) throw new Error('tlsv1 alert unknown ca');
  return leaf;
}

/** Whether somebody is let in at a port where the CAs of clients are trusted, too. */
export function accepts(bundle: string | undefined, { identity }: Access): boolean {
  return trusts(bundle ?? '', identity.certificate);
}

/** Members of one service of which one would refuse a new connection of the other: any may end, and has to be made again. */
export function refusals(members: readonly Running[]): string[] {
  return members.flatMap((client) =>
    members
      .filter((server) => serviceOf(server) === serviceOf(client))
      .filter((server) => !trusts(server.files[trustKey] ?? '', certificateOf(client)))
      .map((server) => `${server.pod.metadata.name} refuses ${client.pod.metadata.name}`),
  );
}
