/** Pure: what of a pod the restricted Pod Security Standard forbids, and what we ask for beyond it. */
import type { V1Container, V1PodSpec, V1SecurityContext, V1Volume } from '@kubernetes/client-node';
import type { Wire } from '../../kube/resource.ts';

type PodSpec = Wire<V1PodSpec>;
type Container = Wire<V1Container>;
type Context = Wire<V1SecurityContext>;

export interface PodTemplate {
  metadata?: { annotations?: Record<string, string> | undefined } | undefined;
  spec?: PodSpec | undefined;
}

/** One line for each fault. */
export function faultsOf({ metadata, spec }: PodTemplate): string[] {
  if (spec === undefined) return ['has no spec'];
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  return [
    ...faultsOfPod(spec),
    ...containers.flatMap((one) => faultsOfContainer(one, spec).map((fault) => `${one.name}: ${fault}`)),
    ...(spec.volumes ?? []).flatMap(faultsOfVolume),
    ...Object.entries(metadata?.annotations ?? {}).flatMap(([key, value]) => faultsOfAnnotation(key, value)),
  ];
}

const when = (fault: boolean, message: string): string[] => (fault ? [message] : []);

function faultsOfPod({ hostNetwork, hostPID, hostIPC, securityContext }: PodSpec): string[] {
  return [
    ...when(hostNetwork === true, 'uses the network of its node'),
    ...when(hostPID === true || hostIPC === true, 'sees the processes of its node'),
    ...when(securityContext?.sysctls !== undefined, 'sets sysctls'),
    ...when(securityContext?.windowsOptions !== undefined, 'has options of Windows'),
  ];
}

function faultsOfContainer({ securityContext: own = {}, ports = [], env = [], envFrom }: Container, pod: PodSpec) {
  const { runAsNonRoot, runAsUser, seccompProfile } = { ...pod.securityContext, ...own };
  const secret = env.some(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined);
  return [
    ...when(runAsNonRoot !== true, 'may run as root'),
    ...when(runAsUser === undefined || runAsUser === 0, 'has no user of its own'),
    ...when(seccompProfile?.type !== 'RuntimeDefault', 'has no seccomp profile'),
    ...when(
      ports.some(({ hostPort = 0 }) => hostPort !== 0),
      'takes a port of its node',
    ),
    ...when(secret || envFrom !== undefined, 'has a Secret in its environment'),
    ...faultsOfContext(own),
  ];
}

function faultsOfContext(context: Context): string[] {
  const { privileged, allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities, procMount, seLinuxOptions } =
    context;
  return [
    ...when(privileged === true, 'is privileged'),
    ...when(allowPrivilegeEscalation !== false, 'may gain privileges'),
    ...when(readOnlyRootFilesystem !== true, 'may write into its image'),
    ...when(capabilities?.drop?.includes('ALL') !== true || capabilities.add !== undefined, 'keeps capabilities'),
    ...when(procMount !== undefined && procMount !== 'Default', 'sees all of /proc'),
    ...when(seLinuxOptions !== undefined, 'has a SELinux label of its own'),
  ];
}

const allowed = new Set([
  ...['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'],
]);

function faultsOfVolume({ name, ...source }: Wire<V1Volume>): string[] {
  return Object.keys(source)
    .filter((kind) => !allowed.has(kind))
    .map((kind) => `volume ${name} is a ${kind}`);
}

function faultsOfAnnotation(key: string, value: string): string[] {
  const profile = key.startsWith('container.apparmor.security.beta.kubernetes.io/');
  return when(profile && value !== 'runtime/default' && !value.startsWith('localhost/'), `${key} is ${value}`);
}
