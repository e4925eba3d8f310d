/** Kafka's own VerifiableProducer in a pod: 50 records a second with acks=all, and none of them is ever sent again. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { kafkaVersions } from '../../crds/kafka-cluster.ts';
import type { Tools } from '../../hack/kubectl.ts';

export interface Sends {
  acknowledged: number;
  /** How many, by what the producer was told. */
  failed: Record<string, number>;
  /** The longest time between two acknowledgements, and when it began; ms. */
  longestGap: { ms: number; at: number };
}

export interface Producer {
  /** Ends it and answers what it has said since then; epoch ms. */
  stop(since: number): Promise<Sends>;
}

const pod = 'producer';
const folder = '/etc/kafka-user';
const firstMs = 60_000;

/** Resolves once a first record is acknowledged. */
export async function startProducer(
  tools: Tools,
  namespace: string,
  { bootstrap, topic, secret }: { bootstrap: string; topic: string; secret: string },
  signal: AbortSignal,
): Promise<Producer> {
  const tool = 'org.apache.kafka.tools.VerifiableProducer';
  const args = ['--bootstrap-server', bootstrap, '--topic', topic, '--throughput', '50', '--acks', '-1'];
  const properties = `${folder}/client.properties`;
  const spec = {
    restartPolicy: 'Never',
    containers: [
      {
        name: pod,
        image: `docker.io/stateward/kafka:${kafkaVersions[0]}`,
        command: ['java', '-Xmx128m', '-cp', '/opt/kafka/libs/*', tool, ...args, '--command-config', properties],
        volumeMounts: [{ name: 'user', mountPath: folder }],
      },
    ],
    volumes: [{ name: 'user', secret: { secretName: secret } }],
  };
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, namespace }, spec };
  await tools.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  const said = () => tools.kubectl(['logs', pod, '-n', namespace]).catch(() => '');
  const deadline = Date.now() + firstMs;
  while (sendsOf(await said(), 0).acknowledged === 0) {
    if (Date.now() > deadline)
      throw new Error(`no record was acknowledged within ${firstMs / 1000} s: ${await said()}`);
    await delay(500, undefined, { signal });
  }
  return {
    stop: async (since) => {
      const sends = sendsOf(await said(), since);
      await tools.kubectl(['delete', 'pod', pod, '-n', namespace, '--grace-period=1']);
      return sends;
    },
  };
}

const line = z.object({ timestamp: z.number(), name: z.string(), exception: z.string().optional() });

function sendsOf(output: string, since: number): Sends {
  const lines = output.split('\n').filter((text) => text.startsWith('{'));
  const said = lines.map((text) => line.parse(JSON.parse(text))).filter(({ timestamp }) => timestamp >= since);
  const acknowledged = said.filter(({ name }) => name === 'producer_send_success').map(({ timestamp }) => timestamp);
  const failed: Record<string, number> = {};
  for (const { name, exception = 'unknown' } of said)
    if (name === 'producer_send_error') failed[exception] = (failed[exception] ?? 0) + 1;
  const gaps = acknowledged.slice(1).map((end, index) => {
    const at = acknowledged[index] ?? end;
    return { ms: end - at, at };
  });
  const longestGap = gaps.reduce((most, gap) => (gap.ms > most.ms ? gap : most), { ms: 0, at: since });
  return { acknowledged: acknowledged.length, failed, longestGap };
}

export function sendsText({ acknowledged, failed, longestGap }: Sends): string {
  const errors = Object.entries(failed).map(([error, count]) => `${count} ${error}`);
  const lost = errors.length === 0 ? 'none failed' : `failed: ${errors.join(', ')}`;
  const gap = `longest gap ${longestGap.ms} ms from ${new Date(longestGap.at).toISOString()}`;
  return `While Kafka rolled, a producer that never repeats: ${acknowledged} acknowledged, ${lost}; ${gap}`;
}
