/** Changes of one spec to another, which only the API server sees. */
import type { BadChange } from './case.ts';
import { kafka, keyspace, node, role, volumes } from './specs.ts';

export const badChanges: readonly BadChange[] = [
  {
    name: 'another keyspace',
    kind: 'CassandraKeyspace',
    from: keyspace,
    to: { ...keyspace, name: 'other' },
    message: 'a keyspace cannot be renamed: make another one',
  },
  {
    name: 'another service',
    kind: 'CassandraKeyspace',
    from: keyspace,
    to: { ...keyspace, cluster: 'other' },
    message: 'it cannot move to another service: make a new object',
  },
  {
    name: 'another cluster',
    kind: 'CassandraRole',
    from: role({}),
    to: { cluster: 'other' },
    message: 'it cannot move to another service: make a new object',
  },
  {
    name: 'another name',
    kind: 'CassandraRole',
    from: role({ name: 'One' }),
    to: role({ name: 'Two' }),
    message: 'a role cannot be renamed: make another one',
  },
  {
    name: 'another way to replace passwords',
    kind: 'CassandraRole',
    from: role({}),
    to: role({ rotation: { type: 'Turns' } }),
    message: 'who logs in would be somebody else: make a new object',
  },
  {
    name: 'another datacenter',
    kind: 'CassandraCluster',
    from: {},
    to: { datacenter: 'dc2' },
    message: 'the datacenter cannot change',
  },
  {
    name: 'another cluster name',
    kind: 'CassandraCluster',
    from: { clusterName: 'one' },
    to: { clusterName: 'two' },
    message: 'the cluster name cannot change',
  },
  {
    name: 'a cluster name later',
    kind: 'CassandraCluster',
    from: {},
    to: { clusterName: 'one' },
    message: 'the cluster name cannot change',
  },
];

/** Changes that look alike and must pass. */
export const goodChanges: readonly Omit<BadChange, 'message'>[] = [
  {
    name: 'the same size in another unit',
    kind: 'KafkaCluster',
    from: volumes({ name: 'data', size: '20Gi' }),
    to: volumes({ name: 'data', size: '20480Mi' }),
  },
  {
    name: 'a larger volume and one more',
    kind: 'KafkaCluster',
    from: volumes({ name: 'data', size: '20Gi' }),
    to: volumes({ name: 'data', size: '30Gi' }, { name: 'more' }),
  },
  {
    name: 'a default volume that is named and larger',
    kind: 'KafkaCluster',
    from: kafka({}),
    to: volumes({ name: 'data', size: '30Gi' }),
  },
  {
    name: 'the same roles in another order',
    kind: 'KafkaCluster',
    from: kafka({}),
    to: { pools: [{ name: 'node', roles: ['Broker', 'Controller'] }] },
  },
  {
    name: 'a pool added and another removed',
    kind: 'KafkaCluster',
    from: { pools: [node, { name: 'old', roles: ['Broker'] }] },
    to: { pools: [node, { name: 'new', roles: ['Broker'] }] },
  },
  {
    name: 'more racks',
    kind: 'CassandraCluster',
    from: {},
    to: { racks: [{ name: 'r1' }, { name: 'r2' }] },
  },
];
