/** The KafkaUser of examples/kafka.yaml. */
import { z } from 'zod';
import type { Tools } from '../kubectl.ts';
import { accessBy, type KafkaAccess } from './kafka.ts';

const user = 'kafka-app';
export const kafkaSecret = `${user}-kafka-user`;

const secret = z.object({ data: z.record(z.string(), z.string()) });

/** As an application gets it. */
export async function kafkaAccess(tools: Tools, namespace: string): Promise<KafkaAccess> {
  await tools.kubectl(['wait', '-n', namespace, `kafkauser/${user}`, '--for=condition=Ready', '--timeout=60s']);
  const found = await tools.kubectl(['get', '-n', namespace, 'secret', kafkaSecret, '-o', 'json']);
  return accessBy(secret.parse(JSON.parse(found)).data);
}
