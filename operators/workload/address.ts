/** Where the operator reaches members, and as whom. */
import type { MemberView } from './members.ts';

export interface Address {
  host: string;
  port: number;
  /** Of the member, as its certificate has it. */
  name: string;
}

/** Undefined while its pod has no address. */
export function addressAt({ name, address, group }: MemberView, port: number): Address | undefined {
  if (address === undefined) return undefined;
  return { host: address, port, name: `${name}.${group.headless}.${group.service.namespace}.svc` };
}
