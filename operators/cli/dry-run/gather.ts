/** What the cluster says of a service, as its operator sees it, and what the API server says of a spec. */
import { ApiError } from '../../kube/api.ts';
import {
  type KubeObject,
  nodes,
  persistentVolumeClaims,
  pods,
  priorityClasses,
  type Resource,
  runtimeClasses,
  statefulSets,
  storageClasses,
} from '../../kube/resource.ts';
import type { CommonStatus, Facts } from '../../workload/facts.ts';
import { type ServiceIdentity, selectorOf } from '../../workload/identity.ts';
import { specRevision } from '../../workload/revisions.ts';
import type { Context } from '../command.ts';
import { type Service, serviceResources } from '../services.ts';
import { listPages, selectorText } from '../why/pages.ts';

export async function gather(context: Context, service: ServiceIdentity, live: Service | undefined): Promise<Facts> {
  const mine = { namespace: service.namespace, labelSelector: selectorText(selectorOf(service)) };
  const all = <T extends KubeObject>(resource: Resource<T>): Promise<T[]> => listPages(context, resource, {});
  const own = <T extends KubeObject>(resource: Resource<T>): Promise<T[]> => listPages(context, resource, mine);
  const known = new Map((await all(nodes)).map((node) => [node.metadata.name, node]));
  const status: CommonStatus = live?.status ?? {};
  return {
    service,
    generation: live?.metadata.generation ?? 0,
    revision: specRevision(live?.spec ?? {}),
    operations: [],
    status,
    sets: await own(statefulSets),
    // Who may look at a plan need not be somebody who may read keys.
    secrets: [],
    pods: await own(pods),
    claims: await own(persistentVolumeClaims),
    storageClasses: await all(storageClasses),
    priorityClasses: (await all(priorityClasses)).map(({ metadata }) => metadata.name),
    runtimeClasses: (await all(runtimeClasses)).map(({ metadata }) => metadata.name),
    nodeLabels: (node) => known.get(node)?.metadata.labels ?? {},
    nodeAnswers: () => true,
    nodeServes: (node) => known.has(node),
  };
}

/** The schema and its rules are the API server's to judge; nothing is written. */
export async function judge(context: Context, service: ServiceIdentity, spec: unknown): Promise<string[]> {
  const { apiVersion, kind, namespace, name } = service;
  const object = { apiVersion, kind, metadata: { namespace, name }, spec: Object(spec) };
  try {
    const options = { manager: 'kubectl-stateward', dryRun: true, force: true, signal: context.signal };
    await context.api.apply<Service>(serviceResources[kind], object, options);
    return [];
  } catch (error) {
    if (error instanceof ApiError && (error.status === 422 || error.status === 400)) return [error.message];
    throw error;
  }
}
