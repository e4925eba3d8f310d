/** As the operator comes to the members of a service. */
import assert from 'node:assert/strict';
import { secrets } from '../../../operators/kube/resource.ts';
import { issuer } from '../../../operators/tls/issue.ts';
import { type Access, Identities } from '../../../operators/workload/certificates/access.ts';
import { recordOf } from '../../../operators/workload/certificates/secrets.ts';
import type { Place } from './place.ts';
import { read } from './services.ts';

export async function operatorAccess(place: Place, service: string, product: 'kafka' | 'cassandra'): Promise<Access> {
  const secret = await read(place, secrets, `${service}-${product}-ca-key`);
  const access = await new Identities(issuer).access(recordOf(secret), Date.now());
  assert.ok(access, `${service} has no CA`);
  return access;
}
