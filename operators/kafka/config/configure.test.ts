import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { KafkaClusterSpecInput } from '../../../crds/kafka-cluster.ts';
import type { DynamicConfig } from '../observe.ts';
import { kafkaFacts, modelOf } from '../testing/kafka.ts';
import { configChanges, configStep, ownedKeys, wantedConfig } from './configure.ts';

type Settings = Record<string, string>;

const both = ['Controller' as const, 'Broker' as const];
const map = (settings: Settings): Map<string, string> => new Map(Object.entries(settings));
const present = (settings: Settings, refusal?: string): DynamicConfig => ({ values: map(settings), refusal });

describe('the settings that are in force without a restart', () => {
  const table: [string, KafkaClusterSpecInput, Settings][] = [
    ['are what Kafka always has set', {}, { 'min.insync.replicas': '2' }],
    [
      'are few where there are few brokers',
      { pools: [{ name: 'kafka', roles: both, replicas: 1 }] },
      { 'min.insync.replicas': '1' },
    ],
    ['are those of the user', { config: { 'min.insync.replicas': '1' } }, { 'min.insync.replicas': '1' }],
    [
      'are none that Kafka reads at its start',
      { config: { 'log.retention.hours': '72', 'log.retention.ms': '1000' } },
      { 'min.insync.replicas': '2', 'log.retention.ms': '1000' },
    ],
    [
      'are those of the version',
      { version: '4.2.1', config: { 'group.consumer.assignment.interval.ms': '2000' } },
      { 'min.insync.replicas': '2' },
    ],
  ];
  for (const [name, spec, expected] of table)
    it(name, () => assert.deepEqual(Object.fromEntries(wantedConfig(modelOf(spec))), expected));
});

describe('the settings that are ours to take back', () => {
  const wanted = map({ 'num.io.threads': '9', 'log.retention.ms': '1000' });
  const table: [string, DynamicConfig | undefined, string[], string[]][] = [
    ['are those that are wanted, before any is set', present({}), [], ['log.retention.ms', 'num.io.threads']],
    [
      'are also those that were wanted, while they are set',
      present({ 'log.roll.ms': '1' }),
      ['log.roll.ms'],
      ['log.retention.ms', 'log.roll.ms', 'num.io.threads'],
    ],
    [
      'are also those that were wanted, while nobody answers',
      undefined,
      ['log.roll.ms'],
      ['log.retention.ms', 'log.roll.ms', 'num.io.threads'],
    ],
    ['are none that are gone', present({}), ['log.roll.ms'], ['log.retention.ms', 'num.io.threads']],
    [
      'are none of somebody else',
      present({ 'log.roll.ms': '1' }),
      ['num.io.threads'],
      ['log.retention.ms', 'num.io.threads'],
    ],
  ];
  for (const [name, now, recorded, expected] of table)
    it(name, () => assert.deepEqual(ownedKeys(wanted, now, recorded), expected));
});

describe('what is to be changed of the settings', () => {
  const table: [string, Settings, Settings, string[], [string, string | undefined][]][] = [
    // wanted, present, recorded
    ['is nothing when all is as wanted', { 'log.retention.ms': '9' }, { 'log.retention.ms': '9' }, [], []],
    ['is what differs', { 'log.retention.ms': '9' }, { 'log.retention.ms': '8' }, [], [['log.retention.ms', '9']]],
    ['is what is not set', { 'log.retention.ms': '9' }, {}, [], [['log.retention.ms', '9']]],
    [
      'is what is no more wanted',
      {},
      { 'log.retention.ms': '9' },
      ['log.retention.ms'],
      [['log.retention.ms', undefined]],
    ],
    ['is nothing that is gone already', {}, {}, ['log.retention.ms'], []],
    ['is nothing that somebody else has set', {}, { 'leader.replication.throttled.rate': '1' }, [], []],
    ['is a number of threads in steps up', { 'num.io.threads': '40' }, {}, [], [['num.io.threads', '16']]],
    [
      'is a number of threads in steps down',
      { 'num.io.threads': '2' },
      { 'num.io.threads': '16' },
      ['num.io.threads'],
      [['num.io.threads', '8']],
    ],
    [
      'is a number of threads that goes back in steps',
      {},
      { 'num.io.threads': '40' },
      ['num.io.threads'],
      [['num.io.threads', '20']],
    ],
    [
      'is a number of threads that is back at last',
      {},
      { 'num.io.threads': '16' },
      ['num.io.threads'],
      [['num.io.threads', undefined]],
    ],
    [
      'is all of it together',
      { 'log.retention.ms': '9', 'log.roll.ms': '1' },
      { 'log.roll.ms': '2', 'log.preallocate': 'true' },
      ['log.preallocate', 'log.roll.ms'],
      [
        ['log.retention.ms', '9'],
        ['log.roll.ms', '1'],
        ['log.preallocate', undefined],
      ],
    ],
  ];
  for (const [name, wanted, now, recorded, expected] of table)
    it(name, () => assert.deepEqual([...configChanges(map(wanted), map(now), recorded)], expected));

  it('ends with what is wanted and what others have set, wherever it begins', () => {
    const keys = ['log.retention.ms', 'log.roll.ms', 'num.io.threads', 'num.replica.fetchers'];
    const value = fc.integer({ min: 1, max: 100 }).map(String);
    const settings = fc.dictionary(fc.constantFrom(...keys), value).map((each) => map({ ...each }));
    const theirs = ['leader.replication.throttled.rate', '5'] as const;
    fc.assert(
      fc.property(settings, settings, (wanted, before) => {
        const recorded = [...before.keys()];
        const now = new Map([...before, theirs]);
        for (let round = 0; round < 9; round += 1) {
          for (const [key, next] of configChanges(wanted, now, recorded))
            next === undefined ? now.delete(key) : now.set(key, next);
        }
        assert.deepEqual(new Map([...now].sort()), new Map([...wanted, theirs].sort()));
      }),
    );
  });
});

describe('the step that changes settings', () => {
  const model = modelOf({ config: { 'log.retention.ms': '1000' } });
  const usual = { 'min.insync.replicas': '2' };
  const table: [string, DynamicConfig | undefined, string][] = [
    ['waits for an answer', undefined, 'InProgress'],
    ['is due while something differs', present(usual), 'Due'],
    ['is an error when Kafka refuses it', present(usual, 'no'), 'Error'],
    ['is complete when nothing differs', present({ ...usual, 'log.retention.ms': '1000' }), 'Complete'],
  ];
  for (const [name, config, kind] of table) {
    it(name, () =>
      assert.deepEqual(
        configStep(model, config, kafkaFacts()).map((step) => [step.name, step.reason, step.progress.kind]),
        [['config:[apply]', 'SpecChanged', kind]],
      ),
    );
  }

  it('does exactly what it says', () => {
    const recorded = kafkaFacts({ dynamicConfig: ['log.roll.ms'] });
    const [step] = configStep(model, present({ ...usual, 'log.roll.ms': '1' }), recorded);
    assert.deepEqual(step?.progress, {
      kind: 'Due',
      action: {
        kind: 'AlterConfig',
        changes: new Map([
          ['log.retention.ms', '1000'],
          ['log.roll.ms', undefined],
        ]),
      },
      message: 'sets without a restart: log.retention.ms=1000, log.roll.ms back to its default',
    });
  });

  it('restarts nobody', () => assert.equal(configStep(model, undefined, kafkaFacts())[0]?.disruptive, undefined));
});
