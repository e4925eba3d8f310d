/** Every version of an object that its watchers see. */
import type { KubeObject, Resource } from '../../../operators/kube/resource.ts';
import type { Place } from './place.ts';

export interface Recording<T> {
  /** Those so far, in order. */
  versions(): T[];
}

/** From now on, also before the object exists. */
export async function record<T extends KubeObject>(
  { api, namespace, signal }: Place,
  resource: Resource<T>,
  name: string,
): Promise<Recording<T>> {
  const seen: T[] = [];
  let failure: unknown;
  const { resourceVersion } = await api.list(resource, { namespace, signal });
  const watching = async () => {
    const options = { namespace, resourceVersion, timeoutSeconds: 3600, signal };
    for await (const event of api.watch(resource, options)) {
      if (event.type !== 'BOOKMARK' && event.object.metadata.name === name) seen.push(event.object);
    }
  };
  void watching().catch((error: unknown) => {
    failure = error;
  });
  const versions = () => {
    if (failure !== undefined) throw failure;
    return [...seen];
  };
  return { versions };
}
