/** An application's view of Cassandra: the driver, at LOCAL_QUORUM. */
import cassandra from 'cassandra-driver';

export interface CassandraAccess {
  /** Addresses of some members. */
  contactPoints: string[];
  datacenter: string;
  username: string;
  password: string;
}

type Consistency = cassandra.types.consistencies;
type Decision = cassandra.policies.retry.DecisionInfo;

/** Every statement here may be repeated: a time-out on a busy machine is tried again, as an application would. */
class RepeatOnTimeout extends cassandra.policies.retry.RetryPolicy {
  #again({ nbRetry }: { nbRetry: number }, consistency: Consistency): Decision {
    return nbRetry < 10 ? this.retryResult(consistency) : this.rethrowResult();
  }

  override onReadTimeout(info: { nbRetry: number }, consistency: Consistency): Decision {
    return this.#again(info, consistency);
  }

  override onWriteTimeout(info: { nbRetry: number }, consistency: Consistency): Decision {
    return this.#again(info, consistency);
  }

  override onUnavailable(info: { nbRetry: number }, consistency: Consistency): Decision {
    return this.#again(info, consistency);
  }
}

export function cassandraClient(access: CassandraAccess): cassandra.Client {
  return new cassandra.Client({
    contactPoints: access.contactPoints,
    localDataCenter: access.datacenter,
    authProvider: new cassandra.auth.PlainTextAuthProvider(access.username, access.password),
    policies: { retry: new RepeatOnTimeout() },
    queryOptions: { consistency: cassandra.types.consistencies.localQuorum, prepare: true, isIdempotent: true },
    protocolOptions: { maxSchemaAgreementWaitSeconds: 60 },
    socketOptions: { connectTimeout: 5_000, readTimeout: 20_000 },
  });
}

export async function createTable(client: cassandra.Client, keyspace: string, datacenter: string): Promise<void> {
  const replication = `{'class': 'NetworkTopologyStrategy', '${datacenter}': 3}`;
  await client.execute(`CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ${replication}`);
  await client.execute(`CREATE TABLE IF NOT EXISTS ${keyspace}.numbers (id int PRIMARY KEY, value text)`);
}

export interface Rows {
  keyspace: string;
  from: number;
  to: number;
}

function ids({ from, to }: Rows): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

const concurrency = 50;

export async function writeRows(client: cassandra.Client, rows: Rows): Promise<number> {
  const insert = `INSERT INTO ${rows.keyspace}.numbers (id, value) VALUES (?, ?)`;
  await inGroups(ids(rows), (id) => client.execute(insert, [id, `value ${id}`], { prepare: true }));
  return rows.to - rows.from;
}

/** The ids that are there with their value. */
export async function readRows(client: cassandra.Client, rows: Rows): Promise<Set<number>> {
  const select = `SELECT value FROM ${rows.keyspace}.numbers WHERE id = ?`;
  const seen = new Set<number>();
  await inGroups(ids(rows), async (id) => {
    const found = await client.execute(select, [id], { prepare: true });
    if (found.first()?.get('value') === `value ${id}`) seen.add(id);
  });
  return seen;
}

async function inGroups<Item>(items: Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += concurrency) {
    await Promise.all(items.slice(start, start + concurrency).map(work));
  }
}
