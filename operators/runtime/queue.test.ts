import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Priority, priorities, Queue, type QueueObserver } from './queue.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';

const unobserved: QueueObserver = {
  added: () => {},
  retried: () => {},
  depth: () => {},
  waited: () => {},
  worked: () => {},
};

function setup(now = 0, restMs = 0) {
  const clock = new FakeClock(now);
  return { clock, queue: new Queue(clock, unobserved, restMs) };
}

async function takeKey(queue: Queue): Promise<string | undefined> {
  return (await queue.take())?.key;
}

describe('queue', () => {
  it('hands out a key once, however often it was added', async () => {
    const { queue } = setup();
    queue.add('a', 'OwnedEvent');
    queue.add('a', 'OwnedEvent');
    queue.add('b', 'OwnedEvent');
    assert.equal(queue.depth, 2);
    assert.deepEqual([await takeKey(queue), await takeKey(queue)], ['a', 'b']);
    assert.equal(queue.depth, 0);
  });

  it('lets a worker wait for the next key', async () => {
    const { queue } = setup();
    const taken = queue.take();
    queue.add('a', 'Resync');
    assert.deepEqual(await taken, { key: 'a', priority: 'Resync' });
  });

  it('hands out a key again when it was added during work, and only after that work', async () => {
    const { queue } = setup();
    queue.add('a', 'OwnedEvent');
    await queue.take();
    queue.add('a', 'Resync');
    queue.add('a', 'SpecChange');
    assert.equal(queue.depth, 0);
    queue.done('a');
    assert.deepEqual(await queue.take(), { key: 'a', priority: 'SpecChange' });
    queue.done('a');
    assert.equal(queue.depth, 0);
  });

  it('lets a key rest after work, and then hands out once what was added meanwhile', async () => {
    const { clock, queue } = setup(0, 500);
    queue.add('a', 'OwnedEvent');
    await queue.take();
    queue.add('a', 'OwnedEvent');
    queue.done('a');
    queue.add('a', 'SpecChange');
    queue.addAfter('a', 100, 'Resync');
    queue.add('b', 'OwnedEvent');
    assert.equal(await takeKey(queue), 'b');
    await clock.advance(499);
    assert.equal(queue.depth, 0);
    assert.deepEqual(queue.runningSeconds(), [0.499]);
    await clock.advance(1);
    assert.deepEqual(await queue.take(), { key: 'a', priority: 'SpecChange' });
    queue.done('a');
    await clock.advance(500);
    queue.add('a', 'OwnedEvent');
    assert.equal(queue.depth, 1);
  });

  it('ends a rest when it is closed', async () => {
    const { clock, queue } = setup(0, 500);
    queue.add('a', 'OwnedEvent');
    await queue.take();
    queue.done('a');
    assert.throws(() => queue.done('a'), /done without take/);
    queue.close();
    assert.equal(clock.sleeping, 0);
  });

  it('hands out the more urgent first, and the older first among equals', async () => {
    const { queue } = setup();
    queue.add('resync', 'Resync');
    queue.add('event 1', 'OwnedEvent');
    queue.add('event 2', 'OwnedEvent');
    queue.add('spec', 'SpecChange');
    const order = [await takeKey(queue), await takeKey(queue), await takeKey(queue), await takeKey(queue)];
    assert.deepEqual(order, ['spec', 'event 1', 'event 2', 'resync']);
  });

  it('raises the priority of a waiting key, and never lowers it', async () => {
    const { queue } = setup();
    queue.add('a', 'Resync');
    queue.add('b', 'OwnedEvent');
    queue.add('a', 'SpecChange');
    queue.add('a', 'Resync');
    assert.deepEqual(await queue.take(), { key: 'a', priority: 'SpecChange' });
  });

  it('adds a delayed key when its time has come, not before', async () => {
    const { clock, queue } = setup();
    queue.addAfter('a', 1_000, 'OwnedEvent');
    await clock.advance(999);
    assert.equal(queue.depth, 0);
    await clock.advance(1);
    assert.equal(queue.depth, 1);
  });

  it('keeps the earliest of several delays', async () => {
    const { clock, queue } = setup();
    queue.addAfter('a', 500, 'OwnedEvent');
    queue.addAfter('a', 1_000, 'SpecChange');
    queue.addAfter('a', 100, 'Resync');
    assert.equal(clock.sleeping, 1);
    await clock.advance(100);
    assert.deepEqual(await queue.take(), { key: 'a', priority: 'SpecChange' });
    queue.done('a');
    await clock.advance(10_000);
    assert.equal(queue.depth, 0);
  });

  it('drops a delay when the key is added at once', async () => {
    const { clock, queue } = setup();
    queue.addAfter('a', 1_000, 'OwnedEvent');
    queue.add('a', 'OwnedEvent');
    assert.equal(clock.sleeping, 0);
    queue.addAfter('a', 10, 'OwnedEvent');
    assert.equal(clock.sleeping, 0);
  });

  it('marks a key dirty when its delay ends during work', async () => {
    const { clock, queue } = setup();
    queue.add('a', 'OwnedEvent');
    await queue.take();
    queue.addAfter('a', 10, 'OwnedEvent');
    await clock.advance(10);
    assert.equal(queue.depth, 0);
    queue.done('a');
    assert.equal(queue.depth, 1);
  });

  it('does not add a key twice when it is added in the turn in which its delay ends', async () => {
    const timer = Promise.withResolvers<void>();
    const queue = new Queue({ now: () => 0, sleep: () => timer.promise }, unobserved);
    const taken = queue.take();
    queue.addAfter('a', 10, 'OwnedEvent');
    timer.resolve();
    queue.add('a', 'OwnedEvent');
    assert.equal((await taken)?.key, 'a');
    await settle();
    queue.done('a');
    assert.equal(queue.depth, 0);
  });

  it('doubles the wait of a failing key from 5 ms to 5 minutes, until it is forgotten', () => {
    const { queue } = setup();
    const waits = Array.from({ length: 20 }, () => queue.retry('a', 'OwnedEvent'));
    assert.deepEqual(waits.slice(0, 5), [5, 10, 20, 40, 80]);
    assert.equal(waits.at(-1), 300_000);
    assert.equal(queue.retry('b', 'OwnedEvent'), 5);
    queue.forget('a');
    assert.equal(queue.retry('a', 'OwnedEvent'), 5);
    queue.close();
  });

  it('waits no longer than a timer can count', async () => {
    const { clock, queue } = setup();
    queue.addAfter('a', 60 * 24 * 3_600_000, 'Resync');
    await clock.advance(2 ** 31 - 2);
    assert.equal(queue.depth, 0);
    await clock.advance(1);
    assert.equal(queue.depth, 1);
  });

  it('releases waiting workers when closed, and takes nothing more', async () => {
    const { clock, queue } = setup();
    const waiting = queue.take();
    queue.addAfter('a', 10, 'OwnedEvent');
    queue.close();
    assert.equal(clock.sleeping, 0);
    assert.equal(await waiting, undefined);
    queue.add('b', 'SpecChange');
    await clock.advance(10);
    assert.equal(queue.depth, 0);
    assert.equal(await queue.take(), undefined);
  });

  it('refuses done for a key that nobody took', () => {
    assert.throws(() => setup().queue.done('a'), /done without take: a/);
  });

  it('tells how long keys have waited and been worked on', async () => {
    const told: string[] = [];
    const clock = new FakeClock(5_000);
    const queue = new Queue(clock, {
      added: () => told.push('added'),
      retried: () => told.push('retried'),
      depth: (priority, keys) => told.push(`${priority} ${keys}`),
      waited: (seconds) => told.push(`waited ${seconds}`),
      worked: (seconds) => told.push(`worked ${seconds}`),
    });
    queue.add('a', 'Resync');
    queue.add('a', 'Resync');
    await clock.advance(2_000);
    await queue.take();
    await clock.advance(3_000);
    assert.deepEqual(queue.runningSeconds(), [3]);
    queue.done('a');
    assert.deepEqual(queue.runningSeconds(), []);
    assert.deepEqual(told, ['added', 'Resync 1', 'Resync 0', 'waited 2', 'worked 3']);
  });
});

type Step =
  | { do: 'add'; key: string; priority: Priority }
  | { do: 'addAfter'; key: string; ms: number; priority: Priority }
  | { do: 'finish'; fails: boolean }
  | { do: 'advance'; ms: number };

const aKey = fc.constantFrom('a', 'b', 'c', 'd');
const aPriority = fc.constantFrom(...priorities);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('add' as const), key: aKey, priority: aPriority }),
    fc.record({ do: fc.constant('addAfter' as const), key: aKey, ms: fc.nat(100), priority: aPriority }),
    fc.record({ do: fc.constant('finish' as const), fails: fc.boolean() }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.nat(50) }),
  ),
  { maxLength: 60 },
);

/** Workers over a real queue, and a record of what the queue owes. */
class World {
  readonly clock = new FakeClock();
  readonly queue = new Queue(this.clock, unobserved);
  readonly working: { key: string; priority: Priority }[] = [];
  /** Key to the latest moment at which it must be ready. */
  readonly owed = new Map<string, number>();
  readonly violations: string[] = [];

  constructor(workers: number) {
    for (let i = 0; i < workers; i++) void this.#takeNext();
  }

  async do(step: Step): Promise<void> {
    switch (step.do) {
      case 'add':
        this.#owe(step.key, 0);
        this.queue.add(step.key, step.priority);
        break;
      case 'addAfter':
        this.#owe(step.key, step.ms);
        this.queue.addAfter(step.key, step.ms, step.priority);
        break;
      case 'finish':
        this.#finish(step.fails);
        break;
      case 'advance':
        await this.clock.advance(step.ms);
        break;
    }
    await settle();
  }

  /** Lets time pass and work end until nothing is left. */
  async drain(): Promise<void> {
    while (this.working.length > 0 || this.queue.depth > 0 || this.clock.sleeping > 0) {
      await this.do({ do: 'finish', fails: false });
      await this.do({ do: 'advance', ms: 1_000 });
    }
  }

  #owe(key: string, ms: number): void {
    const at = this.clock.now() + ms;
    this.owed.set(key, Math.min(at, this.owed.get(key) ?? at));
  }

  #finish(fails: boolean): void {
    const work = this.working.shift();
    if (work === undefined) return;
    if (fails) this.#owe(work.key, this.queue.retry(work.key, work.priority));
    else this.queue.forget(work.key);
    this.queue.done(work.key);
    void this.#takeNext();
  }

  async #takeNext(): Promise<void> {
    const taken = await this.queue.take();
    if (taken === undefined) return;
    if (this.working.some((work) => work.key === taken.key)) this.violations.push(`${taken.key} twice at once`);
    if (!this.owed.delete(taken.key)) this.violations.push(`${taken.key} though nobody asked for it`);
    this.working.push(taken);
  }
}

describe('queue, for any order of events', () => {
  it('works on no key twice at once, loses nothing and invents nothing', async () => {
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 3 }), steps, async (workers, sequence) => {
      const world = new World(workers);
      await settle();
      for (const step of sequence) await world.do(step);
      await world.drain();
      assert.deepEqual(world.violations, []);
      assert.deepEqual([...world.owed.keys()], []);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('lets no key wait longer than asked while a worker is free', async () => {
    const property = fc.asyncProperty(steps, async (sequence) => {
      const world = new World(8);
      await settle();
      for (const step of sequence) {
        await world.do(step);
        const busy = new Set(world.working.map((work) => work.key));
        const late = [...world.owed].filter(([key, at]) => !busy.has(key) && at < world.clock.now());
        assert.deepEqual(late, []);
      }
      world.queue.close();
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('hands out by priority, and by age within one priority', async () => {
    const entries = fc.uniqueArray(fc.record({ key: fc.string(), priority: aPriority }), {
      selector: (one) => one.key,
    });
    const property = fc.asyncProperty(entries, async (all) => {
      const { queue } = setup();
      for (const { key, priority } of all) queue.add(key, priority);
      const order: string[] = [];
      while (queue.depth > 0) order.push((await takeKey(queue)) ?? 'nothing');
      const expected = priorities.flatMap((priority) => all.filter((one) => one.priority === priority));
      assert.deepEqual(
        order,
        expected.map((one) => one.key),
      );
    });
    await fc.assert(property);
  });
});
