/** A service whose member is ready, and what its entities are reconciled with; the API server is in memory. */
import { createCache, type WatchSpec } from '../../kube/cache.ts';
import { writeThrough } from '../../kube/cached-api.ts';
import type { EventFields } from '../../kube/events.ts';
import { silentLog } from '../../kube/log.ts';
import { type KubeObject, pods, type Resource, secrets } from '../../kube/resource.ts';
import { FakeClock } from '../../kube/testing/fake-clock.ts';
import { MemoryApi } from '../../kube/testing/memory-api.ts';
import type { Outcome, Request } from '../../runtime/controller.ts';
import { issuer } from '../../tls/issue.ts';
import { Identities } from '../certificates/access.ts';
import { authoritySecret } from '../certificates/secrets.ts';
import { clusterIndex, clusterIndexOf, type EntityObject, type EntityStatus } from '../entities/entity.ts';
import { type CommonStatus, type ServiceObject, serviceIndex, serviceIndexOf } from '../facts.ts';
import { labelsOf, type ServiceIdentity } from '../identity.ts';
import type { Io } from '../io.ts';

export interface EntityScene<Status extends EntityStatus, ServiceStatus extends CommonStatus> {
  service: ServiceIdentity;
  serviceResource: Resource<ServiceObject<ServiceStatus>>;
  resource: Resource<EntityObject<Status>>;
  /** Of a pod that can be asked, beside the usual ones. */
  memberLabels: Record<string, string>;
  reconcileWith: (identities: Identities, io: Io) => (request: Request) => Promise<Outcome>;
}

export function entityWorld<Status extends EntityStatus, ServiceStatus extends CommonStatus>({
  service,
  serviceResource,
  resource,
  memberLabels,
  reconcileWith,
}: EntityScene<Status, ServiceStatus>) {
  const { namespace, name: cluster, uid, apiVersion } = service;
  const api = new MemoryApi();
  const clock = new FakeClock();
  const watches: WatchSpec[] = [
    { resource, indexes: { [clusterIndex]: clusterIndexOf } },
    { resource: serviceResource },
    ...[pods, secrets].map((each) => ({ resource: each, indexes: { [serviceIndex]: serviceIndexOf } })),
  ];
  const cache = createCache({ api, log: silentLog, clock, random: () => 0, freeze: true, watches });
  const told: EventFields[] = [];
  let bytes = 0;
  const io = {
    api: writeThrough(api, cache),
    cache,
    clock,
    events: { emit: (_: KubeObject, fields: EventFields) => void told.push(fields), run: async () => {} },
    randomBytes: (length: number) => {
      bytes += 1;
      return Buffer.alloc(length, bytes);
    },
    issuer,
  };
  const { signal } = new AbortController();
  const reconcile = reconcileWith(new Identities(issuer), io);
  const put = async <T extends KubeObject>(kind: Resource<T>, object: T): Promise<T> => {
    const stored = await api.apply(kind, object);
    cache.wrote(kind, stored);
    return stored;
  };
  const get = <T extends KubeObject>(kind: Resource<T>, name: string) => cache.get(kind, { namespace, name });
  const entity = (name: string, spec: object = {}) => {
    const { generation = 0 } = get(resource, name)?.metadata ?? {};
    const metadata = { namespace, name, generation: generation + 1 };
    const object = { apiVersion, kind: resource.kind, metadata, spec: { cluster, ...spec } };
    return put(resource, object as EntityObject<Status>);
  };
  return {
    api,
    io,
    told,
    signal,
    put,
    get,
    entity,
    run: () => reconcile({ key: `${namespace}/${cluster}`, reconcileId: '', log: silentLog, signal }),
    ready: (name: string) => {
      const found = get(resource, name)?.status?.conditions?.find(({ type }) => type === 'Ready');
      return found && [found.status, found.reason, found.message];
    },
    /** The user deletes it; it stays while a finalizer is on it. */
    doom: async (name: string) => {
      const object = get(resource, name);
      if (object === undefined) throw new Error(`there is no ${resource.kind} ${name}`);
      const metadata = { ...object.metadata, deletionTimestamp: new Date(0).toISOString() };
      await put(resource, { ...object, metadata });
    },
    haveCluster: async (status: ServiceStatus, members: readonly string[], spec: object = {}) => {
      const metadata = { namespace, name: cluster, uid };
      await put(serviceResource, { apiVersion, kind: service.kind, metadata, spec, status });
      const validity = { notBefore: new Date(0), notAfter: new Date(Date.UTC(2100, 0, 1)) };
      await put(secrets, authoritySecret(service, { signer: await issuer.createAuthority('demo', validity) }));
      for (const [index, name] of members.entries()) {
        await put(pods, {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { namespace, name, uid: `uid-${name}`, labels: { ...labelsOf(service), ...memberLabels } },
          status: { podIP: `10.0.0.${index + 1}`, conditions: [{ type: 'Ready', status: 'True' }] },
        });
      }
    },
  };
}
