/** What the demo reads of a service: the stored object, as `kubectl get -o json` shows it. */
import { z } from 'zod';
import type { CommonStatus } from '../../operators/workload/facts.ts';
import type { Tools } from '../kubectl.ts';

export interface Service {
  kind: string;
  name: string;
  generation: number;
  status: CommonStatus;
}

const listed = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({ name: z.string(), generation: z.number() }),
      status: z.custom<CommonStatus>().optional(),
    }),
  ),
});

export async function readServices(tools: Tools, namespace: string): Promise<Service[]> {
  const output = await tools.kubectl(['get', '-n', namespace, 'kafkaclusters,cassandraclusters', '-o', 'json']);
  return listed.parse(JSON.parse(output)).items.map(({ kind, metadata, status }) => ({
    kind,
    ...metadata,
    status: status ?? {},
  }));
}

export function isReady({ status, generation }: Service): boolean {
  const ready = status.conditions?.find((condition) => condition.type === 'Ready');
  return status.observedGeneration === generation && ready?.status === 'True';
}

export async function readService(tools: Tools, namespace: string, kind: string): Promise<Service> {
  const found = (await readServices(tools, namespace)).find((service) => service.kind === kind);
  if (found === undefined) throw new Error(`there is no ${kind} in namespace ${namespace}`);
  return found;
}
