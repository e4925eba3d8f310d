import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type KafkaVersion, kafkaVersions } from '../../../crds/kafka-cluster.ts';
import { isDynamic, nextStep } from './dynamic.ts';
import { refusal } from './rules.ts';

const dynamic = [
  'log.retention.ms',
  'log.retention.bytes',
  'log.cleaner.min.cleanable.ratio',
  'compression.type',
  'max.connections.per.ip',
  'min.insync.replicas',
  'num.io.threads',
  'unclean.leader.election.enable',
];

const atStart: [string, string][] = [
  ['log.retention.hours', 'Kafka reads it at the start'],
  ['log.retention.minutes', 'Kafka reads it at the start'],
  ['log.roll.hours', 'Kafka reads it at the start'],
  ['auto.create.topics.enable', 'Kafka reads it at the start'],
  ['num.partitions', 'Kafka reads it at the start'],
  ['message.max.bytes', 'it restarts every log cleaner at once'],
  ['log.cleaner.threads', 'it restarts every log cleaner at once'],
  ['log.cleaner.dedupe.buffer.size', 'it restarts every log cleaner at once'],
  ['listeners', 'it belongs to one broker'],
  ['cordoned.log.dirs', 'it belongs to one broker'],
  ['ssl.keystore.location', 'it belongs to one broker'],
  ['some.reporter.url', 'nobody knows what reads it'],
];

const sinceFourThree: Record<KafkaVersion, boolean> = { '4.3.1': true, '4.2.1': false };

describe('a setting of Kafka', () => {
  for (const version of kafkaVersions) {
    for (const key of dynamic) {
      it(`${key} is changed while ${version} runs`, () => assert.equal(isDynamic(version, key), true));
      it(`${key} is the user's in ${version}`, () => assert.equal(refusal(version, key), undefined));
    }
    for (const [key, because] of atStart) {
      it(`${key} is changed by a restart of ${version}: ${because}`, () =>
        assert.equal(isDynamic(version, key), false));
    }
    it(`is changed while ${version} runs if that version can`, () =>
      assert.equal(isDynamic(version, 'group.consumer.assignment.interval.ms'), sinceFourThree[version]));
  }
});

describe('the next value of a setting', () => {
  const table: [string, string, string | undefined, string | undefined, string | undefined][] = [
    ['is the wanted one', 'log.retention.ms', '1000', '9', '9'],
    ['is none when the setting is taken back', 'log.retention.ms', '1000', undefined, undefined],
    ['is at most twice as many threads', 'num.io.threads', '8', '40', '16'],
    ['is at least half as many threads', 'num.io.threads', '40', '8', '20'],
    ['is half of an odd number, rounded down', 'num.network.threads', '3', '1', '1'],
    ['starts from the default', 'num.io.threads', undefined, '40', '16'],
    ['starts from the least', 'num.replica.fetchers', undefined, '4', '2'],
    ['goes back to the default in steps', 'num.io.threads', '40', undefined, '20'],
    ['goes back to the default at last', 'num.io.threads', '16', undefined, undefined],
    ['is what Kafka refuses, so that it says why', 'num.io.threads', '8', 'many', 'many'],
    ['is no way to nothing', 'num.io.threads', '8', '0', '0'],
  ];
  for (const [name, key, present, wanted, expected] of table) {
    it(name, () => assert.equal(nextStep(key, present, wanted), expected));
  }

  it('is one that Kafka takes, and leads to the wanted one', () => {
    const count = fc.integer({ min: 1, max: 5_000 });
    fc.assert(
      fc.property(count, count, (from, to) => {
        let now = from;
        for (let steps = 0; now !== to; steps += 1) {
          const next = Number(nextStep('num.io.threads', String(now), String(to)));
          assert.ok(next <= now * 2 && next >= Math.floor(now / 2), `${now} to ${next}`);
          assert.ok(steps < 14, `${from} to ${to} is at ${now} after ${steps} steps`);
          now = next;
        }
      }),
    );
  });
});
