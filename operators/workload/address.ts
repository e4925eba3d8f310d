/** Where the operator reaches members, and as whom. */
import type { Pod } from '../kube/resource.ts';
import type { MemberView } from './members/members.ts';

export interface Address {
  host: string;
  port: number;
  /** Of the member, as its certificate has it. */
  name: string;
}

/** Undefined while its pod has no address. */
export function addressAt({ name, address, group }: MemberView, port: number): Address | undefined {
  return address === undefined ? undefined : addressOf(name, address, group.headless, group.service.namespace, port);
}

/** The same of a pod, below the headless Service of its service. */
export function podAddress({ metadata, status }: Pod, headless: string, port: number): Address | undefined {
  const host = status?.podIP;
  return host === undefined ? undefined : addressOf(metadata.name, host, headless, metadata.namespace ?? '', port);
}

function addressOf(member: string, host: string, headless: string, namespace: string, port: number): Address {
  return { host, port, name: `${member}.${headless}.${namespace}.svc` };
}
