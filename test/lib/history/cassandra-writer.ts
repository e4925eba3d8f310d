/** An application that writes numbered rows at LOCAL_QUORUM and reads its own writes, and what the table has of them. */
import type { Client } from 'cassandra-driver';
import {
  type CassandraAccess,
  cassandraClient,
  createTable,
  hasRow,
  readRows,
  writeRow,
} from '../../../hack/clients/cassandra.ts';
import { type Clock, systemClock } from '../../../operators/kube/clock.ts';
import { few, type History, isoTime, judge, report, type Verdict } from './history.ts';
import { type Paced, startPaced, textOf } from './pace.ts';

export interface CassandraWriterOptions {
  access: CassandraAccess;
  /** Made if it is not there; nobody else may write to its table `numbers`. */
  keyspace: string;
  /** 3 unless given. */
  replicas?: number;
  /** Rows per second; 50 unless given. A fifth as many are read again meanwhile. */
  perSecond?: number;
  /** As the driver does unless given. 0: every hiccup of the service is a failure in the history. */
  retries?: 0;
  clock?: Clock;
  /** In [0, 1). */
  random?: () => number;
}

/** Read at LOCAL_QUORUM after it was acknowledged at LOCAL_QUORUM, and not found. */
export interface Missing {
  id: number;
  ackedAt: number;
  readAt: number;
}

export interface CassandraOutcome {
  history: History;
  /** The samples: their ids count reads, not rows. One that found no row was answered too; it is in `missing`. */
  reads: History;
  missing: Missing[];
}

export interface CassandraWriter {
  history(): History;
  /** Ends writing and reading; every socket is closed when it resolves. May be called again. */
  stop(): Promise<CassandraOutcome>;
  /** Reads every row anew, and judges; only after `stop`. Members may have other addresses by then: `access` has them. */
  verify(signal: AbortSignal, access?: CassandraAccess): Promise<Verdict>;
}

/** Statements in flight; a row knows no order, so that it does not matter which lane it has. */
const lanes = 16;
/** Handed over in one turn: a Cassandra that is woken for each row spends more than twice as much on as many. */
const together = 8;
const drainMs = 30_000;
const connectMs = 30_000;
const goodbyeMs = 5_000;
/** A sample is mostly one of the newest rows: what was acknowledged a moment ago is lost first. */
const newest = 100;

/** Resolves when the first row may go. The signal ends everything at once; `stop` still tells what was. */
export async function startCassandraWriter(
  options: CassandraWriterOptions,
  signal: AbortSignal,
): Promise<CassandraWriter> {
  const { access, keyspace, replicas = 3, clock = systemClock } = options;
  const client = await connected(access, options.retries !== 0, signal);
  await unlessAborted(signal, createTable(client, keyspace, access.datacenter, replicas)).catch(async (error) => {
    await goodbye(client, clock);
    throw error;
  });
  const application = startApplication(options, client, signal);
  let stopped: Promise<CassandraOutcome> | undefined;
  return {
    history: () => application.writing.history(),
    stop: () => {
      stopped ??= stop(application, client, clock);
      return stopped;
    },
    verify: async (until, access = options.access) => {
      if (stopped === undefined) throw new Error('the writer still writes');
      return verify((await stopped).history, { ...options, access }, until);
    },
  };
}

interface Application {
  writing: Paced;
  reading: Paced;
  missing: Missing[];
}

function startApplication(options: CassandraWriterOptions, client: Client, signal: AbortSignal): Application {
  const { keyspace, perSecond = 50, clock = systemClock, random = Math.random } = options;
  const pacing = { clock, lanes, batch: 1, drainMs };
  const acked: { id: number; ackedAt: number }[] = [];
  const missing: Missing[] = [];
  const write = async (ids: readonly number[]): Promise<undefined> => {
    await Promise.all(ids.map((id) => writeRow(client, keyspace, id)));
    for (const id of ids) acked.push({ id, ackedAt: clock.now() });
  };
  const read = async (): Promise<undefined> => {
    const sample = sampleOf(acked, random);
    if (sample === undefined || (await hasRow(client, keyspace, sample.id))) return;
    missing.push({ ...sample, readAt: clock.now() });
  };
  const writing = startPaced({ ...pacing, perSecond, together, send: write }, signal);
  const reading = startPaced({ ...pacing, perSecond: perSecond / 5, send: read }, signal);
  return { writing, reading, missing };
}

function sampleOf<Item>(items: readonly Item[], random: () => number): Item | undefined {
  const from = random() < 0.8 ? Math.max(0, items.length - newest) : 0;
  return items[from + Math.floor(random() * (items.length - from))];
}

async function stop({ writing, reading, missing }: Application, client: Client, clock: Clock) {
  const [history, reads] = await Promise.all([writing.stop(), reading.stop()]);
  await goodbye(client, clock);
  return { history, reads, missing };
}

async function verify(history: History, { access, keyspace }: CassandraWriterOptions, signal: AbortSignal) {
  const client = await connected(access, true, signal);
  try {
    const found = await unlessAborted(signal, readRows(client, { keyspace, from: 0, to: history.length }));
    return judge(
      history,
      [...found].map((id) => ({ key: `row ${id}`, id })),
    );
  } finally {
    await goodbye(client, systemClock);
  }
}

async function connected(access: CassandraAccess, repeat: boolean, signal: AbortSignal): Promise<Client> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(connectMs)]);
  limit.throwIfAborted();
  const client = cassandraClient(access, { repeat });
  const connecting = client.connect();
  try {
    await unlessAborted(limit, connecting);
    return client;
  } catch (error) {
    // A client that connects late must be shut down late: before, its `shutdown` does nothing.
    connecting.then(() => client.shutdown()).catch(() => {});
    throw new Error(`no connection to ${access.contactPoints.join(', ')}: ${textOf(error)}`, { cause: error });
  }
}

/** The driver knows no signal: its own work goes on until `shutdown`, but nobody waits for it. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const aborted = () => reject(signal.reason);
  if (signal.aborted) aborted();
  signal.addEventListener('abort', aborted, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', aborted);
  }
}

async function goodbye(client: Client, clock: Clock): Promise<void> {
  const said = new AbortController();
  const late = clock.sleep(goodbyeMs, said.signal).catch(() => {});
  await Promise.race([client.shutdown().catch(() => {}), late]);
  said.abort();
}

/** For the output of a test. */
export function cassandraReport({ history, reads, missing }: CassandraOutcome): string {
  const gone = missing.map(({ id, ackedAt, readAt }) => `${id} of ${isoTime(ackedAt)} at ${isoTime(readAt)}`);
  return [report(history), report(reads, 'reads'), few('acknowledged rows not read', gone)].join('\n');
}
