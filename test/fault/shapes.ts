/** The services whose deployment is tried. */
import { authorityOf } from '../../operators/cassandra/testing/tls.ts';
import { secrets } from '../../operators/kube/resource.ts';
import { namespace, user, type World } from './world/world.ts';

const apps = await authorityOf('apps');

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

/** A spec with three controllers and so many brokers, on any node. */
export const dedicated = (replicas: number, spec: object = {}) => ({
  pools: [
    { name: 'controller', roles: ['Controller'], replicas: 3 },
    { name: 'broker', roles: ['Broker'], replicas },
  ],
  placement: { membersPerNode: 'Any' },
  ...spec,
});

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

function withApps(world: World): void {
  const metadata = { namespace, name: 'apps' };
  const data = { 'ca.crt': Buffer.from(apps.certificate).toString('base64') };
  world.server.create(user, secrets, { apiVersion: 'v1', kind: 'Secret', metadata, data });
}

const certified = (mode: string): object => ({ authentication: { mode, clientCaSecretName: 'apps' } });

export const mutualCassandra: Shape = {
  name: 'a Cassandra whose clients all have certificates',
  apply: (world) => {
    withApps(world);
    world.put('CassandraCluster', 'ring', certified('MutualTls'));
  },
};

export const shapes: Shape[] = [combinedKafka, dedicatedKafka, cassandra, rackedCassandra, sixCassandras];

/** A change that takes every member down once. */
export interface Roll {
  name: string;
  shape: Shape;
  change: (world: World) => void;
}

const pool = { name: 'kafka', roles: ['Controller', 'Broker'] };
const memory = { limits: { memory: '3Gi' } };

function kafka(spec: object): (world: World) => void {
  return (world) => void world.put('KafkaCluster', 'demo', spec);
}

function ring(spec: object): (world: World) => void {
  return (world) => void world.put('CassandraCluster', 'ring', spec);
}

export const kafkaRoll: Roll = {
  name: 'Kafka, another setting',
  shape: combinedKafka,
  change: kafka({ config: { 'queued.max.requests': '600' } }),
};

export const cassandraRoll: Roll = {
  name: 'Cassandra, another setting',
  shape: cassandra,
  change: ring({ config: { concurrent_reads: 64 } }),
};

export const rolls: Roll[] = [
  kafkaRoll,
  {
    name: 'Kafka, other resources',
    shape: combinedKafka,
    change: kafka({ pools: [{ ...pool, resources: memory }] }),
  },
  {
    name: 'Kafka, another version',
    shape: { name: 'an older Kafka', apply: kafka({ version: '4.2.1' }) },
    change: kafka({ version: '4.3.1' }),
  },
  {
    name: 'Kafka in two pools, another setting',
    shape: dedicatedKafka,
    change: kafka({ pools, placement: { membersPerNode: 'Any' }, config: { 'queued.max.requests': '600' } }),
  },
  cassandraRoll,
  {
    name: 'Cassandra, other resources',
    shape: cassandra,
    change: ring({ resources: { limits: { memory: '5Gi' } } }),
  },
  {
    name: 'Cassandra, certificates of clients',
    shape: cassandra,
    change: (world) => {
      withApps(world);
      ring(certified('PasswordOrTls'))(world);
    },
  },
  {
    name: 'Cassandra, passwords once more',
    shape: mutualCassandra,
    change: ring(certified('PasswordOrTls')),
  },
  {
    name: 'Cassandra in three racks, another version',
    shape: { name: 'an older Cassandra', apply: ring({ racks, version: '5.0.8' }) },
    change: ring({ racks, version: '5.0.9' }),
  },
];
