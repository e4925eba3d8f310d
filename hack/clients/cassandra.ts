/** An application's view of Cassandra: the driver, at LOCAL_QUORUM. */
import type { ConnectionOptions } from 'node:tls';
import cassandra from 'cassandra-driver';

export interface CassandraAccess {
  /** Addresses of some members. */
  contactPoints: string[];
  datacenter: string;
  username: string;
  password: string;
  /** PEM of whom it trusts, asked for at each connection where that may change; in clear unless given. */
  ca?: string | (() => string);
  /** PEM of what it shows of itself; nothing unless given. */
  identity?: { certificate: string; key: string };
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

/**
 * Where every member was away, driver 4.10.0 makes its list of members anew (NODEJS-632), and its `shutdown` forgets the
 * connections and timers of those on the old list.
 */
class ThoroughClient extends cassandra.Client {
  readonly #members = new Set<object>();

  constructor(options: cassandra.ClientOptions) {
    super(options);
    for (const event of ['hostUp', 'hostDown']) this.on(event, (member: object) => this.#members.add(member));
  }

  override async shutdown(): Promise<void> {
    await super.shutdown();
    for (const member of this.#members) {
      if ('shutdown' in member && typeof member.shutdown === 'function') await member.shutdown(false);
    }
  }
}

export interface CassandraTuning {
  /** Whether a statement that fails is tried again, there or at another member; yes unless given. */
  repeat?: boolean;
}

export function cassandraClient(access: CassandraAccess, { repeat = true }: CassandraTuning = {}): cassandra.Client {
  const retry = repeat ? new RepeatOnTimeout() : new cassandra.policies.retry.FallthroughRetryPolicy();
  return new ThoroughClient({
    contactPoints: access.contactPoints,
    localDataCenter: access.datacenter,
    authProvider: new cassandra.auth.PlainTextAuthProvider(access.username, access.password),
    ...(access.ca === undefined ? {} : { sslOptions: trusting(access.ca, access.identity) }),
    // By default the pauses grow to ten minutes: whoever comes back would wait for its client.
    policies: { retry, reconnection: new cassandra.policies.reconnection.ConstantReconnectionPolicy(1_000) },
    queryOptions: { consistency: cassandra.types.consistencies.localQuorum, prepare: true, isIdempotent: true },
    protocolOptions: { maxSchemaAgreementWaitSeconds: 60 },
    socketOptions: { connectTimeout: 5_000, readTimeout: 20_000 },
  });
}

/** The driver knows members by address, and certificates have names. This CA signs for the members of one service alone. */
function trusting(ca: string | (() => string), identity: CassandraAccess['identity']): ConnectionOptions {
  const present = typeof ca === 'string' ? () => ca : ca;
  return {
    // The driver copies its options for each connection.
    get ca() {
      return present();
    },
    ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
    rejectUnauthorized: true,
    checkServerIdentity: () => undefined,
  };
}

export async function createTable(
  client: cassandra.Client,
  keyspace: string,
  datacenter: string,
  replicas = 3,
): Promise<void> {
  const replication = `{'class': 'NetworkTopologyStrategy', '${datacenter}': ${replicas}}`;
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

export async function writeRow(client: cassandra.Client, keyspace: string, id: number): Promise<void> {
  const insert = `INSERT INTO ${keyspace}.numbers (id, value) VALUES (?, ?)`;
  await client.execute(insert, [id, `value ${id}`], { prepare: true });
}

export async function writeRows(client: cassandra.Client, rows: Rows): Promise<number> {
  await inGroups(ids(rows), (id) => writeRow(client, rows.keyspace, id));
  return rows.to - rows.from;
}

/** Whether the row is there with its value. */
export async function hasRow(client: cassandra.Client, keyspace: string, id: number): Promise<boolean> {
  const found = await client.execute(`SELECT value FROM ${keyspace}.numbers WHERE id = ?`, [id], { prepare: true });
  return found.first()?.get('value') === `value ${id}`;
}

/** The ids that are there with their value. */
export async function readRows(client: cassandra.Client, rows: Rows): Promise<Set<number>> {
  const seen = new Set<number>();
  await inGroups(ids(rows), async (id) => {
    if (await hasRow(client, rows.keyspace, id)) seen.add(id);
  });
  return seen;
}

async function inGroups<Item>(items: Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += concurrency) {
    await Promise.all(items.slice(start, start + concurrency).map(work));
  }
}
