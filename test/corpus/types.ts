/** Each field of each kind with a value of another type than its own: taken from the schemas, so that none is left out. */
import { kinds } from '../../crds/kinds.ts';
import { rootSchema } from '../../crds/lib/export.ts';
import type { Schema } from '../../crds/lib/schema.ts';
import type { Hostile, HostileKind } from './hostile.ts';

/** What a spec of the kind must say besides. */
const least: Record<HostileKind, object> = {
  KafkaCluster: {},
  CassandraCluster: {},
  ServiceOperation: { service: { kind: 'KafkaCluster', name: 'demo' }, type: 'Restart' },
  KafkaUser: { cluster: 'demo' },
  KafkaTopic: { cluster: 'demo' },
  CassandraKeyspace: { cluster: 'ring' },
  CassandraRole: { cluster: 'ring' },
};

function isHostileKind(kind: string): kind is HostileKind {
  return kind in least;
}

function foreign({ type }: Schema): unknown {
  switch (type) {
    case 'string':
      return 7;
    case 'object':
    case 'array':
    case 'integer':
    case 'boolean':
      return 'seven';
    default:
      return {};
  }
}

export const types: readonly Hostile[] = kinds.flatMap(({ kind, ...rest }) => {
  if (!isHostileKind(kind)) return [];
  const fields = Object.entries(rootSchema({ kind, ...rest }).properties?.['spec']?.properties ?? {});
  return fields.map(([name, schema]): Hostile => {
    const spec = { ...least[kind], [name]: foreign(schema) };
    return { what: `another type in ${name}`, kind, spec, judge: 'ApiServer', field: `spec.${name}` };
  });
});
