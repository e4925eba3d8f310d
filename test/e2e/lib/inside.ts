/** Scripts that run in a pod, for what only the inside of a cluster can reach: the addresses of Services. */
import { type Pod, pods } from '../../../operators/kube/resource.ts';
import type { Place } from './place.ts';
import { exec, untilPodReady } from './pods.ts';

const name = 'inside';

/** The operator's image has Node and both clients, and is on every node. */
const image = 'docker.io/stateward/operator:dev';

async function ensurePod({ api, namespace, signal }: Place): Promise<void> {
  if ((await api.read(pods, { namespace, name }, { signal })) !== undefined) return;
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const container = { name, image, command: ['node', '-e', 'setInterval(() => {}, 60_000)'], securityContext };
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      containers: [container],
      terminationGracePeriodSeconds: 0,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
    },
  };
  await api.create(pods, pod, { signal });
}

/** Answers what the ES module prints. */
export async function runInside(place: Place, script: string): Promise<string> {
  await ensurePod(place);
  await untilPodReady(place, name);
  return exec(place, name, ['node', '--input-type=module', '-e', script]);
}
