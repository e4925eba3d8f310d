import assert from 'node:assert/strict';
import { ApiError } from '../kube/api.ts';
import type { Change } from '../kube/cache.ts';
import { configMaps, type KubeObject, keyOf, pods, refOf } from '../kube/resource.ts';
import { Controller, type ControllerOptions, type Request, STOP_GRACE_MS, TerminalError } from './controller.ts';
import { createMetrics } from './metrics.ts';
import { FakeCache } from './testing/fake-cache.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';
import { LogRecorder } from './testing/log-recorder.ts';

const TIMEOUT_MS = 30_000;

function object(kind: string, name: string): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { namespace: 'ns', name } };
}

function added(kind: string, name: string): Change<KubeObject> {
  return { type: 'Added', object: object(kind, name) };
}

const keysOf: ControllerOptions['sources'][number]['keysOf'] = (change) => [keyOf(refOf(change.object))];

/** A controller over a fake cache whose reconciles the test answers one by one. */
class Bench {
  readonly clock = new FakeClock();
  readonly cache = new FakeCache();
  readonly log = new LogRecorder();
  readonly metrics = createMetrics();
  readonly stop = new AbortController();
  readonly seen: Request[] = [];
  readonly answers: PromiseWithResolvers<{ requeueAfterMs?: number }>[] = [];
  readonly controller: Controller;
  readonly ended: Promise<void>;
  running = true;

  constructor(options: Partial<ControllerOptions> = {}) {
    const sources = [
      { resource: configMaps, priority: 'SpecChange' as const, keysOf },
      { resource: pods, priority: 'OwnedEvent' as const, keysOf },
    ];
    const reconcile = (request: Request) => this.#reconcile(request);
    let id = 0;
    this.controller = new Controller(
      { name: 'thing', workers: 1, timeoutMs: TIMEOUT_MS, sources, reconcile, ...options },
      { cache: this.cache, clock: this.clock, log: this.log, metrics: this.metrics, newId: () => `id-${++id}` },
    );
    this.ended = this.controller.run(this.stop.signal).finally(() => {
      this.running = false;
    });
  }

  get keys(): string[] {
    return this.seen.map((request) => request.key);
  }

  async emit(kind: string, name: string): Promise<void> {
    this.cache.emit(added(kind, name));
    await settle();
  }

  async start(): Promise<void> {
    this.cache.complete();
    await settle();
  }

  async answer(outcome: { requeueAfterMs?: number } = {}): Promise<void> {
    this.answers.shift()?.resolve(outcome);
    await settle();
  }

  async fail(error: Error): Promise<void> {
    this.answers.shift()?.reject(error);
    await settle();
  }

  async value(name: string, labels: Record<string, string>): Promise<number | undefined> {
    const metric = await this.metrics.registry.getSingleMetric(name)?.get();
    const wanted = Object.entries(labels);
    return metric?.values.find((each) => wanted.every(([label, value]) => String(each.labels[label]) === value))?.value;
  }

  #reconcile(request: Request): Promise<{ requeueAfterMs?: number }> {
    this.seen.push(request);
    const answer = Promise.withResolvers<{ requeueAfterMs?: number }>();
    this.answers.push(answer);
    return answer.promise;
  }
}

describe('controller', () => {
  it('reconciles nothing before the cache is complete', async () => {
    const bench = new Bench();
    await bench.emit('ConfigMap', 'a');
    assert.deepEqual(bench.keys, []);
    await bench.start();
    assert.deepEqual(bench.keys, ['ns/a']);
  });

  it('takes the backlog in order of arrival, then spec changes before events', async () => {
    const bench = new Bench();
    await bench.emit('Pod', 'p1');
    await bench.emit('ConfigMap', 'c1');
    await bench.start();
    await bench.answer();
    await bench.emit('Pod', 'p2');
    await bench.emit('ConfigMap', 'c2');
    await bench.answer();
    await bench.answer();
    await bench.answer();
    assert.deepEqual(bench.keys, ['ns/p1', 'ns/c1', 'ns/c2', 'ns/p2']);
  });

  it('reconciles as many keys at once as it has workers, and one key never twice', async () => {
    const bench = new Bench({ workers: 2 });
    await bench.start();
    await bench.emit('Pod', 'a');
    await bench.emit('Pod', 'a');
    await bench.emit('Pod', 'b');
    await bench.emit('Pod', 'c');
    assert.deepEqual(bench.keys, ['ns/a', 'ns/b']);
    await bench.answer();
    assert.deepEqual(bench.keys, ['ns/a', 'ns/b', 'ns/c']);
    await bench.answer();
    assert.deepEqual(bench.keys, ['ns/a', 'ns/b', 'ns/c', 'ns/a']);
  });

  it('gives each reconcile its own id, and puts both id and service into every line', async () => {
    const bench = new Bench();
    await bench.start();
    await bench.emit('Pod', 'a');
    bench.seen[0]?.log.info('hello', { step: 'apply' });
    assert.deepEqual(bench.log.of('hello'), [
      { level: 'info', controller: 'thing', service: 'ns/a', reconcileId: 'id-1', step: 'apply' },
    ]);
    await bench.answer();
    await bench.emit('Pod', 'a');
    assert.equal(bench.seen[1]?.reconcileId, 'id-2');
  });

  it('reconciles again after the time asked for', async () => {
    const bench = new Bench();
    await bench.start();
    await bench.emit('Pod', 'a');
    await bench.answer({ requeueAfterMs: 2_000 });
    await bench.clock.advance(1_999);
    assert.equal(bench.seen.length, 1);
    await bench.clock.advance(1);
    assert.equal(bench.seen.length, 2);
    assert.equal(await bench.value('controller_runtime_reconcile_total', { result: 'requeue_after' }), 1);
  });

  it('backs off on errors, and starts anew after a success', async () => {
    const bench = new Bench();
    await bench.start();
    await bench.emit('Pod', 'a');
    for (const waitMs of [5, 10, 20]) {
      const before = bench.seen.length;
      await bench.fail(new Error('no'));
      await bench.clock.advance(waitMs - 1);
      assert.equal(bench.seen.length, before);
      await bench.clock.advance(1);
      assert.equal(bench.seen.length, before + 1);
    }
    await bench.answer();
    await bench.emit('Pod', 'a');
    await bench.fail(new Error('no'));
    assert.deepEqual(
      bench.log.of('reconcile failed').map((line) => line['retryInMs']),
      [5, 10, 20, 5],
    );
    assert.equal(await bench.value('controller_runtime_reconcile_errors_total', {}), 4);
    assert.equal(await bench.value('workqueue_retries_total', {}), 4);
  });

  it('takes an exception thrown at once for an error like any other', async () => {
    const bench = new Bench({
      reconcile: () => {
        throw new Error('at once');
      },
    });
    await bench.start();
    await bench.emit('Pod', 'a');
    assert.equal(bench.log.of('reconcile failed').length, 1);
    assert.ok(bench.running);
  });

  it('does not call a conflict an error', async () => {
    const bench = new Bench();
    await bench.start();
    await bench.emit('Pod', 'a');
    await bench.fail(new ApiError(409, 'Conflict', 'the object has been modified'));
    assert.equal(bench.log.of('reconcile failed').length, 0);
    await bench.clock.advance(5);
    assert.equal(bench.seen.length, 2);
  });

  it('does not retry a terminal error, but answers the next change', async () => {
    const bench = new Bench();
    await bench.start();
    await bench.emit('Pod', 'a');
    await bench.fail(new TerminalError('never'));
    await bench.clock.advance(3_600_000);
    assert.equal(bench.seen.length, 1);
    assert.equal(await bench.value('controller_runtime_terminal_reconcile_errors_total', {}), 1);
    await bench.emit('Pod', 'a');
    assert.equal(bench.seen.length, 2);
  });

  it('aborts a reconcile that takes too long, says on what, and retries', async () => {
    const bench = new Bench();
    await bench.start();
    await bench.emit('Pod', 'a');
    await bench.clock.advance(TIMEOUT_MS - 1);
    assert.equal(bench.seen[0]?.signal.aborted, false);
    await bench.clock.advance(1);
    assert.equal(bench.seen[0]?.signal.aborted, true);
    const cause = new Error('GET /api was aborted');
    await bench.fail(cause);
    const error = bench.log.of('reconcile failed')[0]?.['error'];
    assert.ok(error instanceof Error);
    assert.equal(error.message, 'took longer than 30000 ms');
    assert.equal(error.cause, cause);
    await bench.clock.advance(5);
    assert.equal(bench.seen.length, 2);
  });

  it('reports a worker as stuck once its reconcile ignores the abort, until it ends', async () => {
    const bench = new Bench();
    await bench.start();
    await bench.emit('Pod', 'a');
    await bench.clock.advance(TIMEOUT_MS + 59_999);
    assert.deepEqual(bench.controller.stuck(), []);
    await bench.clock.advance(1);
    assert.deepEqual(bench.controller.stuck(), ['ns/a']);
    await bench.answer();
    assert.deepEqual(bench.controller.stuck(), []);
    assert.equal(bench.clock.sleeping, 0);
  });

  it('leaves reconciles in flight alone during the grace period, and starts no other', async () => {
    const bench = new Bench();
    await bench.start();
    await bench.emit('Pod', 'a');
    await bench.emit('Pod', 'b');
    bench.stop.abort();
    await bench.clock.advance(STOP_GRACE_MS - 1);
    assert.equal(bench.seen[0]?.signal.aborted, false);
    assert.ok(bench.running);
    await bench.answer();
    await bench.ended;
    assert.deepEqual(bench.keys, ['ns/a']);
    assert.equal(bench.clock.sleeping, 0);
  });

  it('aborts what is still in flight after the grace period, and does not call that an error', async () => {
    const bench = new Bench();
    await bench.start();
    await bench.emit('Pod', 'a');
    bench.stop.abort();
    await bench.clock.advance(STOP_GRACE_MS);
    assert.equal(bench.seen[0]?.signal.aborted, true);
    await bench.fail(new Error('aborted'));
    await bench.ended;
    assert.equal(bench.log.of('reconcile failed').length, 0);
    assert.equal(await bench.value('controller_runtime_reconcile_errors_total', {}), 0);
  });

  it('ends quietly when stopped before the cache is complete', async () => {
    const bench = new Bench();
    bench.stop.abort();
    await bench.ended;
    assert.deepEqual(bench.keys, []);
  });

  it('counts workers, results, and work in progress', async () => {
    const bench = new Bench({ workers: 3 });
    await bench.start();
    await bench.emit('Pod', 'a');
    await bench.clock.advance(4_000);
    assert.equal(await bench.value('controller_runtime_max_concurrent_reconciles', { controller: 'thing' }), 3);
    assert.equal(await bench.value('controller_runtime_active_workers', { controller: 'thing' }), 1);
    assert.equal(await bench.value('workqueue_longest_running_processor_seconds', { name: 'thing' }), 4);
    await bench.answer();
    assert.equal(await bench.value('controller_runtime_active_workers', { controller: 'thing' }), 0);
    assert.equal(await bench.value('workqueue_unfinished_work_seconds', { name: 'thing' }), 0);
    assert.equal(await bench.value('controller_runtime_reconcile_total', { result: 'success' }), 1);
    const seconds = await bench.value('controller_runtime_reconcile_time_seconds', { le: '4' });
    assert.equal(seconds, 1);
  });
});
