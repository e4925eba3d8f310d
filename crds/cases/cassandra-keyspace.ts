import type { Case } from './case.ts';
import { keyspace } from './specs.ts';

const systemMessage = 'system and names that begin with system_ are those of Cassandra itself';

export const keyspaceCases: Case[] = [
  {
    name: 'a name of Cassandra in capitals',
    spec: { ...keyspace, name: 'System_Auth' },
    path: 'spec.name',
    message: systemMessage,
  },
  {
    name: 'a name with a quote',
    spec: { ...keyspace, name: 'x"; DROP KEYSPACE y' },
    path: 'spec.name',
    message: 'must be letters, digits and "_"',
    server: 'should match',
  },
  {
    name: 'no replica',
    spec: { ...keyspace, replication: { dc1: 0 } },
    path: 'spec.replication.dc1',
    message: 'must be a whole number from 1 to 500',
    server: 'should be greater than or equal to 1',
  },
  {
    name: 'no datacenter',
    spec: { ...keyspace, replication: {} },
    path: 'spec.replication',
    message: 'must name a datacenter: without any the keyspace would be nowhere',
  },
  {
    name: 'a datacenter with a quote',
    spec: { ...keyspace, replication: { "dc1': 3}": 1 } },
    path: `spec.replication["dc1': 3}"]`,
    message: 'must be letters, digits, "-" and "_", and begin with a letter',
  },
];
