import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MemoryTopics } from '../testing/memory-topics.ts';
import { changesOf, type Present, type TopicChanges, topicChanges, type WantedTopic } from './changes.ts';

const brokers = [0, 1, 2].map((nodeId) => ({ nodeId, rack: undefined, fenced: false }));
const names = ['a', 'b', 'c'];

function presentOf(kafka: MemoryTopics, moving: string[] = []): Present {
  return { topics: kafka.known(names), brokers, load: new Map(), moving: new Set(moving) };
}

function carryOut({ create, partitions, configs, moves }: TopicChanges, kafka: MemoryTopics): void {
  kafka.create(create);
  kafka.grow(partitions);
  kafka.alter(configs);
  kafka.move(moves);
}

const wanted = (name: string): fc.Arbitrary<WantedTopic> =>
  fc.record({
    name: fc.constant(name),
    spec: fc.record(
      { partitions: fc.integer({ min: 1, max: 6 }), replicas: fc.integer({ min: 1, max: 3 }) },
      { requiredKeys: [] },
    ),
    config: fc
      .dictionary(fc.constantFrom('retention.ms', 'cleanup.policy'), fc.constantFrom('1', '2'))
      .map((all) => new Map(Object.entries(all))),
  });

const topic = (partitions: number, replicas: number, config: Record<string, string> = {}) => ({
  partitions,
  replicas,
  config: new Map(Object.entries(config)),
});

describe('changes of topics', () => {
  it('lead to what is wanted, as far as Kafka can, and then to nothing', () => {
    const property = fc.property(fc.array(wanted('a'), { minLength: 1, maxLength: 3 }), wanted('b'), (steps, other) => {
      const kafka = new MemoryTopics();
      for (const step of steps) {
        const all = [step, other];
        // New partitions have as many copies as the old ones had.
        for (let round = 0; round < 2; round += 1) carryOut(topicChanges(all, presentOf(kafka)), kafka);
        const rest = topicChanges(all, presentOf(kafka));
        assert.deepEqual([rest.create, rest.moves], [[], []]);
        assert.equal(rest.partitions.size + rest.configs.size, 0);
        for (const { name, spec, config } of all) {
          const found = kafka.topics.get(name);
          assert.deepEqual(found?.config, config);
          if (spec.partitions !== undefined && !rest.impossible.has(name))
            assert.equal(found?.partitions.length, spec.partitions);
          for (const replicas of found?.partitions ?? [])
            if (spec.replicas !== undefined) assert.equal(replicas.length, spec.replicas);
        }
      }
    });
    fc.assert(property);
  });

  function kafkaWith(parts: Record<string, ReturnType<typeof topic>>): MemoryTopics {
    const kafka = new MemoryTopics();
    kafka.create(Object.entries(parts).map(([name, part]) => ({ name, ...part })));
    return kafka;
  }

  it('take no partition away, and say so', () => {
    const kafka = kafkaWith({ a: topic(6, 1) });
    const { partitions, impossible } = topicChanges(
      [{ name: 'a', spec: { partitions: 3 }, config: new Map() }],
      presentOf(kafka),
    );
    assert.equal(partitions.size, 0);
    assert.match(impossible.get('a') ?? '', /it has 6 partitions, and Kafka takes none away: set spec.partitions to 6/);
  });

  it('ask for no more copies than there are brokers', () => {
    const kafka = kafkaWith({ a: topic(1, 1) });
    const { moves, impossible } = topicChanges(
      [{ name: 'a', spec: { replicas: 4 }, config: new Map() }],
      presentOf(kafka),
    );
    assert.deepEqual(moves, []);
    assert.match(impossible.get('a') ?? '', /spec.replicas is 4 and 3 brokers serve/);
  });

  it('leave a partition alone that is on its way', () => {
    const kafka = kafkaWith({ a: topic(2, 1) });
    const { moves } = topicChanges(
      [{ name: 'a', spec: { replicas: 2 }, config: new Map() }],
      presentOf(kafka, ['a/0']),
    );
    assert.deepEqual(
      moves.map(({ index }) => index),
      [1],
    );
  });

  it('have a hundred partitions on their way at most', () => {
    const kafka = kafkaWith({ a: topic(300, 1) });
    const ask = (moving: string[]) =>
      topicChanges([{ name: 'a', spec: { replicas: 2 }, config: new Map() }], presentOf(kafka, moving)).moves.length;
    assert.equal(ask([]), 100);
    assert.equal(ask(Array.from({ length: 70 }, (_, index) => `a/${index}`)), 30);
  });

  it('take back what is set and not wanted, but no throttle', () => {
    const throttle = 'leader.replication.throttled.replicas';
    const kafka = kafkaWith({ a: topic(1, 1, { 'retention.ms': '1', [throttle]: '*' }) });
    const changes = topicChanges([{ name: 'a', spec: {}, config: new Map() }], presentOf(kafka));
    assert.deepEqual(changes.configs, new Map([['a', new Map([['retention.ms', undefined]])]]));
    assert.equal(changesOf('a', changes), 'sets retention.ms');
    assert.equal(changesOf('b', changes), undefined);
  });
});
