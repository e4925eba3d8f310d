/** The services whose deployment is tried. */
import type { World } from './world/world.ts';

export interface Shape {
  name: string;
  apply: (world: World) => void;
}

const racks = ['a', 'b', 'c'].map((zone) => ({ name: `r-${zone}`, zone }));
const volumes = [{ name: 'data' }, { name: 'more', size: '5Gi' }];
const pools = [
  { name: 'controller', roles: ['Controller'], replicas: 3 },
  { name: 'broker', roles: ['Broker'], replicas: 3, storage: { volumes } },
];

export const combinedKafka: Shape = {
  name: 'a Kafka of one pool',
  apply: (world) => void world.put('KafkaCluster', 'demo', {}),
};

export const dedicatedKafka: Shape = {
  name: 'a Kafka of two pools',
  apply: (world) => void world.put('KafkaCluster', 'demo', { pools, placement: { membersPerNode: 'Any' } }),
};

export const cassandra: Shape = {
  name: 'a Cassandra of one rack',
  apply: (world) => void world.put('CassandraCluster', 'ring', {}),
};

export const rackedCassandra: Shape = {
  name: 'a Cassandra of three racks',
  apply: (world) => void world.put('CassandraCluster', 'ring', { racks }),
};

export const sixCassandras: Shape = {
  name: 'a Cassandra of six members in three racks',
  apply: (world) => void world.put('CassandraCluster', 'ring', { racks, replicas: 6 }),
};

export const shapes: Shape[] = [combinedKafka, dedicatedKafka, cassandra, rackedCassandra, sixCassandras];
