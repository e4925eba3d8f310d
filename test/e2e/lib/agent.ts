/** The agent of a member, asked for whatever somebody may try. */
import { Client, request } from 'undici';
import { connectionTo, contextOf } from '../../../operators/cassandra/admin/tls.ts';
import { ports } from '../../../operators/cassandra/names.ts';
import { pods, secrets } from '../../../operators/kube/resource.ts';
import type { Access } from '../../../operators/workload/certificates/access.ts';
import { certificateNames, groupFilesOf } from '../../../operators/workload/certificates/secrets.ts';
import { operatorAccess } from './access.ts';
import type { Place } from './place.ts';
import { groupLabel, serviceLabel } from './pods.ts';
import { read } from './services.ts';

type Method = 'GET' | 'POST';

/** The status of the answer to the kubelet, who shows nothing. */
export async function probe(place: Place, pod: string, path: string, method: Method = 'GET'): Promise<number> {
  const { status } = await read(place, pods, pod);
  const { statusCode, body } = await request(`http://${status?.podIP}:${ports.agent}${path}`, { method });
  await body.dump();
  return statusCode;
}

/** The status of the answer to the bearer of a certificate; rejects where he is not let in. */
export async function askPage(
  place: Place,
  pod: string,
  path: string,
  access: Access,
  method: Method = 'GET',
): Promise<number> {
  const { metadata, status } = await read(place, pods, pod);
  const name = `${pod}.${metadata.labels?.[serviceLabel]}-cassandra-members.${place.namespace}.svc`;
  const connect = { ...connectionTo(name, contextOf(access)), maxCachedSessions: 0 };
  const client = new Client(`https://${status?.podIP}:${ports.agentTls}`, { connect });
  try {
    const { statusCode, body } = await client.request({ path, method });
    await body.dump();
    return statusCode;
  } finally {
    await client.destroy();
  }
}

/** As the member itself comes to others: with what its Secret holds. */
export async function memberAccess(place: Place, pod: string): Promise<Access> {
  const { metadata } = await read(place, pods, pod);
  const { [serviceLabel]: service = '', [groupLabel]: group = '' } = metadata.labels ?? {};
  const files = groupFilesOf(await read(place, secrets, certificateNames.members(`${service}-${group}`)));
  const { certificate = '', key = '' } = files.leaves.get(pod) ?? {};
  return { ...(await operatorAccess(place, service, 'cassandra')), identity: { certificate, key } };
}
