/** An application that writes numbered records to Kafka and reads them along, and what the topic has of them afterwards. */
import { createTopic, type KafkaAccess, kafkaClient } from '../../../hack/clients/kafka.ts';
import { type Clock, systemClock } from '../../../operators/kube/clock.ts';
import { eventually } from '../eventually.ts';
import { acknowledged, few, type History, judge, lost, report, type Verdict } from './history.ts';
import { Lane } from './kafka-lane.ts';
import { type Reader, readAll, startReader } from './kafka-reader.ts';
import { type Paced, type Pacing, startPaced } from './pace.ts';

export interface KafkaWriterOptions {
  access: KafkaAccess;
  /** Made if it is not there; nobody else may write to it. */
  topic: string;
  /** 6 unless given. */
  partitions?: number;
  /** 3 unless given; all but one of them must have a record before it is acknowledged. */
  replicas?: number;
  /** Records per second; 50 unless given. */
  perSecond?: number;
  /**
   * As often as two minutes allow unless given, like the Java client, without duplicates. 0: every hiccup of the service
   * is a failure in the history.
   */
  retries?: number;
  clock?: Clock;
}

export interface KafkaOutcome {
  history: History;
  /** Acknowledged, and not seen by the consumer that reads along. */
  unseen: number[];
  /** Why that consumer ended by itself. */
  readerFailure: string | undefined;
}

export interface KafkaWriter {
  history(): History;
  /** Ends writing and reading; every socket is closed when it resolves. May be called again. */
  stop(): Promise<KafkaOutcome>;
  /** Reads all of the topic anew, and judges; only after `stop`. */
  verify(signal: AbortSignal): Promise<Verdict>;
}

/** Longest wait for a topic. */
const setUpMs = 120_000;

/** Longest wait for answers and for the consumer. */
const drainMs = 30_000;
const goodbyeMs = 5_000;

/** Resolves when the first record may go. The signal ends everything at once; `stop` still tells what was. */
export async function startKafkaWriter(options: KafkaWriterOptions, signal: AbortSignal): Promise<KafkaWriter> {
  const { topic, partitions = 6, replicas = 3 } = options;
  const config = { 'min.insync.replicas': String(Math.max(1, replicas - 1)) };
  // Brokers that were restarted a moment ago may refuse: nothing that counts has begun.
  await eventually(
    () => once(options.access, signal, (kafka) => createTopic(kafka, { topic, partitions, replicas, config })),
    { signal, timeoutMs: setUpMs, everyMs: 1_000 },
  );
  const application = await startApplication({ ...options, partitions }, signal);
  let stopped: Promise<KafkaOutcome> | undefined;
  return {
    history: () => application.paced.history(),
    stop: () => {
      stopped ??= stop(application);
      return stopped;
    },
    verify: async (until) => {
      if (stopped === undefined) throw new Error('the writer still writes');
      const { history } = await stopped;
      return judge(history, await once(options.access, until, (kafka) => readAll(kafka, topic, until)));
    },
  };
}

/** A client for one errand, with nothing left of it afterwards. */
async function once<T>(
  access: KafkaAccess,
  signal: AbortSignal,
  errand: (kafka: ReturnType<typeof kafkaClient>) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const end = new AbortController();
  try {
    return await errand(kafkaClient(access, { signal: AbortSignal.any([end.signal, signal]) }));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    end.abort();
  }
}

interface Application {
  paced: Paced;
  reader: Reader;
  seen: Set<number>;
  clock: Clock;
  lanes: Lane[];
  /** Cuts every connection and ends every wait. */
  end: AbortController;
}

async function startApplication(
  options: KafkaWriterOptions & { partitions: number },
  signal: AbortSignal,
): Promise<Application> {
  const { access, topic, partitions, perSecond = 50, retries = Number.POSITIVE_INFINITY } = options;
  const clock = options.clock ?? systemClock;
  const end = endWith(signal);
  const seen = new Set<number>();
  const reader = await startReader(kafkaClient(access, { signal: end.signal }), topic, (batch) => {
    for (const { value } of batch.messages) seen.add(Number(value?.toString()));
  }).catch((error: unknown) => {
    end.abort();
    throw error;
  });
  // The library repeats on many levels, each within the other: here one level repeats, the lane.
  const tuning = { retry: { retries: 0 }, requestTimeout: 15_000, signal: end.signal };
  const kafka = kafkaClient(fromAnywhere(access), tuning);
  const lane = (partition: number) => new Lane({ kafka, topic, partition, retries, clock });
  const lanes = Array.from({ length: partitions }, (_, partition) => lane(partition));
  const send: Pacing['send'] = async (ids, partition, until) => {
    const owner = lanes[partition];
    return owner === undefined ? `no partition ${partition}` : owner.send(ids, until);
  };
  // A record for each partition at once: followers and consumers ask for all of them at once.
  const pace = { perSecond, together: partitions, lanes: partitions, batch: 500 };
  const paced = startPaced({ ...pace, clock, send, drainMs }, end.signal);
  return { paced, reader, seen, clock, lanes, end };
}

/** Each new connection of the library begins with the first server: one that does not answer would be all that is tried. */
function fromAnywhere(access: KafkaAccess): KafkaAccess {
  const { bootstrap } = access;
  return {
    ...access,
    get bootstrap() {
      const first = Math.floor(Math.random() * bootstrap.length);
      return [...bootstrap.slice(first), ...bootstrap.slice(0, first)];
    },
  };
}

function endWith(signal: AbortSignal): AbortController {
  const end = new AbortController();
  const cut = () => end.abort(signal.reason);
  if (signal.aborted) cut();
  signal.addEventListener('abort', cut, { once: true, signal: end.signal });
  return end;
}

async function stop({ paced, reader, seen, clock, lanes, end }: Application): Promise<KafkaOutcome> {
  const deadline = clock.now() + drainMs;
  const history = await paced.stop();
  const acked = acknowledged(history);
  while (lost(acked, seen).length > 0 && clock.now() < deadline && !end.signal.aborted) await pause(clock, 100, end);
  const outcome = {
    history,
    unseen: lost(acked, seen),
    readerFailure: end.signal.aborted ? undefined : reader.failure(),
  };
  const goodbyes = [reader.close(), ...lanes.map((lane) => lane.close())];
  await Promise.race([Promise.allSettled(goodbyes), pause(clock, goodbyeMs, end)]);
  end.abort();
  return outcome;
}

async function pause(clock: Clock, ms: number, { signal }: AbortController): Promise<void> {
  await clock.sleep(ms, signal).catch(() => {});
}

/** For the output of a test. */
export function kafkaReport({ history, unseen, readerFailure }: KafkaOutcome): string {
  const reader = `the consumer beside it: ${few('unseen', unseen)}`;
  return [report(history), readerFailure === undefined ? reader : `${reader}, ended by "${readerFailure}"`].join('\n');
}
