/** From decoded JSON to objects of a known kind. */
import { isRecord } from './json.ts';
import { apiVersionOf, type KubeObject, type Resource } from './resource.ts';

/** Items of a list come without kind; managed fields are up to half of an object's bytes and nobody reads them. */
export function decodeObject<T extends KubeObject>(resource: Resource<T>, value: unknown): T {
  if (!isRecord(value) || !isRecord(value['metadata']) || typeof value['metadata']['name'] !== 'string') {
    throw new Error(`The server sent something that is not a ${resource.kind}`);
  }
  delete value['metadata']['managedFields'];
  value['apiVersion'] ??= apiVersionOf(resource);
  value['kind'] ??= resource.kind;
  return trusted<T>(value);
}

/** The one place where an answer of the server is taken for what was asked of it. */
function trusted<T extends KubeObject>(value: object): T {
  return value as T;
}
