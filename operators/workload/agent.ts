/** The agent in every member's JVM: a jar that an init container brings, so that stock images work unchanged. */
import { type Container, runMounts } from './members/member-set.ts';

export const configDir = '/etc/stateward';
export const agentJar = '/run/stateward/stateward-agent.jar';

export function agentContainer(image: string): Container {
  return {
    name: 'agent',
    image,
    command: ['cp', '/opt/stateward/stateward-agent.jar', agentJar],
    volumeMounts: runMounts,
  };
}

/**
 * Readiness is the member's own word on whether it serves. Ten seconds of another word count: the election of an active
 * controller must be no outage of all. Liveness only asks whether the JVM still answers.
 */
export function agentProbes(port: number): Pick<Container, 'readinessProbe' | 'livenessProbe'> {
  return {
    readinessProbe: { httpGet: { path: '/ready', port }, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 10 },
    livenessProbe: {
      httpGet: { path: '/live', port },
      initialDelaySeconds: 60,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
  };
}
