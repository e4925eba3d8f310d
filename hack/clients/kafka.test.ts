import assert from 'node:assert/strict';
import kafkajs from 'kafkajs';
import { subscribe } from './kafka.ts';

function protocolError(type: string, code: number): Error {
  return new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, code, retriable: true }));
}

/** Refuses with the errors in turn, then takes the subscription. */
function consumerOf(...errors: Error[]) {
  const asked: unknown[] = [];
  const ask = async (topics: unknown) => {
    asked.push(topics);
    const error = errors.shift();
    if (error !== undefined) throw error;
  };
  return { asked, subscribe: ask };
}

describe('a subscription', () => {
  it('is repeated while brokers have not heard of the topic', async () => {
    const unknown = protocolError('UNKNOWN_TOPIC_OR_PARTITION', 3);
    const consumer = consumerOf(unknown, unknown);
    await subscribe(consumer, 't');
    assert.deepEqual(consumer.asked, Array(3).fill({ topic: 't', fromBeginning: true }));
  });

  it('is not repeated where the answer will not change', async () => {
    const refused = protocolError('TOPIC_AUTHORIZATION_FAILED', 29);
    const consumer = consumerOf(refused);
    await assert.rejects(subscribe(consumer, 't'), refused);
    assert.equal(consumer.asked.length, 1);
  });
});
