import assert from 'node:assert/strict';
import { statementOf } from './schema.ts';

describe('a change of a keyspace', () => {
  const keyspace = { name: 'Orders', replication: new Map([['dc1', 3]]), durableWrites: true };
  const as = "WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3} AND durable_writes = true";

  it('is one statement', () => {
    assert.equal(statementOf({ kind: 'Create', keyspace }), `CREATE KEYSPACE "Orders" ${as}`);
    assert.equal(statementOf({ kind: 'Alter', keyspace }), `ALTER KEYSPACE "Orders" ${as}`);
    assert.equal(statementOf({ kind: 'Drop', name: 'Orders' }), 'DROP KEYSPACE IF EXISTS "Orders"');
  });
});
