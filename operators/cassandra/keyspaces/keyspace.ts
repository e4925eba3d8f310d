/** A stored `CassandraKeyspace` as a model, or everything that is wrong with it. */
import {
  type CassandraKeyspaceSpec,
  type CassandraKeyspaceStatus,
  cassandraKeyspaces,
  parseCassandraKeyspace,
  parseKeyspaceName,
} from '../../../crds/cassandra-keyspace.ts';
import type { Problem } from '../../../crds/lib/parse.ts';
import type { Resource } from '../../kube/resource.ts';
import { byAge, type EntityObject } from '../../workload/entities/entity.ts';

export type KeyspaceObject = EntityObject<CassandraKeyspaceStatus>;

export const keyspaceResource: Resource<KeyspaceObject> = cassandraKeyspaces;

export interface KeyspaceModel {
  object: KeyspaceObject;
  /** As Cassandra knows it. */
  name: string;
  spec: CassandraKeyspaceSpec;
}

export type KeyspaceReading =
  | { kind: 'Keyspace'; keyspace: KeyspaceModel }
  | { kind: 'Refused'; object: KeyspaceObject; reason: 'InvalidSpec' | 'NameTaken'; message: string };

/** In the order of their age: the first object that names a keyspace has it. */
export function readKeyspaces(objects: readonly KeyspaceObject[]): KeyspaceReading[] {
  const taken = new Map<string, string>();
  return objects.toSorted(byAge).map((object): KeyspaceReading => {
    const parsed = parseCassandraKeyspace(object.spec);
    if (!parsed.ok) return invalid(object, parsed.problems);
    const spec = parsed.value;
    const named = parseKeyspaceName(spec.name ?? object.metadata.name);
    if (!named.ok) return invalid(object, named.problems);
    const name = named.value;
    const other = taken.get(name);
    if (other !== undefined) {
      const message = `keyspace ${name} is that of CassandraKeyspace ${other}; name another keyspace, or delete one of the two`;
      return { kind: 'Refused', object, reason: 'NameTaken', message };
    }
    taken.set(name, object.metadata.name);
    return { kind: 'Keyspace', keyspace: { object, name, spec } };
  });
}

function invalid(object: KeyspaceObject, problems: readonly Problem[]): KeyspaceReading {
  const message = problems.map(({ path, message: problem }) => `${path}: ${problem}`).join('; ');
  return { kind: 'Refused', object, reason: 'InvalidSpec', message };
}

/** Those that nothing is wrong with. */
export function validKeyspaces(objects: readonly KeyspaceObject[]): KeyspaceModel[] {
  return readKeyspaces(objects).flatMap((reading) => (reading.kind === 'Keyspace' ? [reading.keyspace] : []));
}
