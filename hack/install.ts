/** Installs the operator of this checkout by its chart, with the images of hack/images. */
import { fileURLToPath } from 'node:url';
import type { Tools } from './kubectl.ts';

const chart = fileURLToPath(new URL('../charts/stateward', import.meta.url));

export const operatorNamespace = 'stateward-system';

const localImages: Record<string, string> = {
  'image.tag': 'dev',
  'images.kafka.repository': 'docker.io/stateward/kafka',
  'images.cassandra.repository': 'docker.io/stateward/cassandra',
  'images.agents': 'docker.io/stateward/agents:dev',
};

/** Resolves when both replicas answer. `imageKey`: changes with the operator's image, whose tag does not. */
export async function installOperator(
  tools: Tools,
  imageKey: string,
  values: Record<string, string> = {},
): Promise<void> {
  const settings = { ...localImages, 'podAnnotations.stateward\\.dev/image': imageKey, ...values };
  const sets = Object.entries(settings).flatMap(([key, value]) => ['--set-string', `${key}=${value}`]);
  const where = ['--namespace', operatorNamespace, '--create-namespace'];
  const wait = ['--wait', '--timeout', '120s'];
  await tools.helm(['upgrade', '--install', 'stateward', chart, ...where, ...sets, ...wait], { timeoutMs: 180_000 });
}
