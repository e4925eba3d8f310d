import assert from 'node:assert/strict';
import kafkajs, { type ProducerConfig, type ProducerRecord, type RecordMetadata } from 'kafkajs';
import { EagerClock } from '../../../operators/kube/testing/fake-clock.ts';
import { Lane } from './kafka-lane.ts';

const refused = new kafkajs.KafkaJSConnectionError('refused');
const tooLarge = protocolError('MESSAGE_TOO_LARGE', 10, false);
const notLeader = protocolError('NOT_LEADER_FOR_PARTITION', 6, true);

function protocolError(type: string, code: number, retriable: boolean): Error {
  return new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, code, retriable }));
}

/** As the library throws it once its own retries are over. */
function exceeded(cause: Error): Error {
  return new kafkajs.KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 1, retryTime: 1 });
}

/** Plays the outcomes of `connect` and `send` in order, and is content once they are used up. */
class FakeKafka {
  readonly did: string[] = [];
  readonly configs: ProducerConfig[] = [];
  readonly #outcomes: (Error | undefined)[];

  constructor(...outcomes: (Error | undefined)[]) {
    this.#outcomes = outcomes;
  }

  producer(config: ProducerConfig) {
    const number = this.configs.push(config);
    const next = async (what: string): Promise<void> => {
      this.did.push(`${number} ${what}`);
      const outcome = this.#outcomes.shift();
      if (outcome !== undefined) throw outcome;
    };
    const sent = ({ messages }: ProducerRecord) =>
      messages.map(({ partition, value }) => `${partition}:${value}`).join();
    return {
      connect: () => next('connect'),
      send: (record: ProducerRecord): Promise<RecordMetadata[]> => next(`send ${sent(record)}`).then(() => []),
      disconnect: async () => void this.did.push(`${number} disconnect`),
    };
  }
}

const signal = new AbortController().signal;

function laneOn(kafka: FakeKafka, retries = Number.POSITIVE_INFINITY): { lane: Lane; clock: EagerClock } {
  const clock = new EagerClock();
  return { lane: new Lane({ kafka, topic: 't', partition: 2, retries, clock }), clock };
}

describe('one partition of the Kafka writer', () => {
  it('repeats the very same records on the same producer, so that the broker knows them again', async () => {
    const kafka = new FakeKafka(undefined, exceeded(refused), exceeded(notLeader));
    const { lane, clock } = laneOn(kafka);
    assert.equal(await lane.send([5, 8], signal), undefined);
    assert.deepEqual(kafka.did, ['1 connect', '1 send 2:5,2:8', '1 send 2:5,2:8', '1 send 2:5,2:8']);
    assert.deepEqual(clock.slept, [100, 200]);
    assert.equal(kafka.configs[0]?.idempotent, true);
  });

  it('makes a new producer where one could not connect', async () => {
    const kafka = new FakeKafka(refused);
    assert.equal(await laneOn(kafka).lane.send([5], signal), undefined);
    assert.deepEqual(kafka.did, ['1 connect', '1 disconnect', '2 connect', '2 send 2:5']);
  });

  it('never uses a producer again after a send that it gave up', async () => {
    const kafka = new FakeKafka(undefined, exceeded(tooLarge));
    const { lane, clock } = laneOn(kafka);
    assert.match((await lane.send([5], signal)) ?? '', /MESSAGE_TOO_LARGE/);
    assert.equal(await lane.send([8], signal), undefined);
    assert.deepEqual(kafka.did, ['1 connect', '1 send 2:5', '1 disconnect', '2 connect', '2 send 2:8']);
    assert.deepEqual(clock.slept, []);
  });

  it('gives up after two minutes, and says why', async () => {
    const kafka = new FakeKafka(undefined, ...Array(1_000).fill(exceeded(refused)));
    const { lane, clock } = laneOn(kafka);
    const start = clock.now();
    assert.equal(await lane.send([5], signal), 'KafkaJSConnectionError: refused');
    assert.ok(clock.now() - start > 120_000 && clock.now() - start < 122_000, String(clock.now() - start));
    assert.equal(kafka.did.at(-1), '1 disconnect');
  });

  it('tries once where told so, without the producer that insists on retries', async () => {
    const kafka = new FakeKafka(undefined, exceeded(refused));
    const { lane } = laneOn(kafka, 0);
    assert.equal(await lane.send([5], signal), 'KafkaJSConnectionError: refused');
    assert.equal(await lane.send([8], signal), undefined);
    assert.deepEqual(kafka.did, ['1 connect', '1 send 2:5', '1 send 2:8']);
    assert.equal(kafka.configs[0]?.idempotent, false);
  });

  it('tries no more after the signal', async () => {
    const ending = new AbortController();
    const kafka = new FakeKafka(undefined, ...Array(1_000).fill(exceeded(refused)));
    const { lane, clock } = laneOn(kafka);
    const sending = lane.send([5], ending.signal);
    while (clock.slept.length < 3) await new Promise<void>((resolve) => setImmediate(resolve));
    ending.abort(new Error('over'));
    assert.match((await sending) ?? '', /refused/);
    assert.ok(kafka.did.length < 10, kafka.did.join());
  });
});
