import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { silentLog } from '../kube/log.ts';
import { type Leadership, Manager, stopSignal } from './manager.ts';
import { createMetrics } from './metrics.ts';
import { FakeCache } from './testing/fake-cache.ts';
import { settle } from './testing/fake-clock.ts';

/** A controller that ends when the test says so. */
class FakeController {
  readonly name = 'fake';
  readonly #end = Promise.withResolvers<void>();
  signal: AbortSignal | undefined;
  stuckOn: string[] = [];

  async run(signal: AbortSignal): Promise<void> {
    this.signal = signal;
    await this.#end.promise;
  }

  stuck(): string[] {
    return this.stuckOn;
  }

  async end(): Promise<void> {
    this.#end.resolve();
    await settle();
  }
}

/** An election that the test decides; it keeps the order of events that `elect` of kube/lease.ts promises. */
class FakeLeadership implements Leadership {
  readonly name = 'stateward';
  readonly #won = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<'lost'>();
  contends = false;
  lost = 0;

  async elect({ signal, onLeading }: Parameters<Leadership['elect']>[0]): Promise<'released' | 'lost'> {
    this.contends = true;
    const stopped = new Promise<'stopped'>((resolve) => signal.addEventListener('abort', () => resolve('stopped')));
    if ((await Promise.race([this.#won.promise, stopped])) === 'stopped') return 'released';
    const leading = new AbortController();
    signal.addEventListener('abort', () => leading.abort());
    const work = onLeading(leading.signal).then(() => 'released' as const);
    const end = await Promise.race([work, this.#lost.promise]);
    leading.abort();
    return end;
  }

  onLost(): void {
    this.lost += 1;
  }

  async win(): Promise<void> {
    this.#won.resolve();
    await settle();
  }

  async lose(): Promise<void> {
    this.#lost.resolve('lost');
    await settle();
  }

  async fail(error: Error): Promise<void> {
    this.#lost.reject(error);
    await settle();
  }
}

function setup(leadership?: FakeLeadership) {
  const cache = new FakeCache();
  const controller = new FakeController();
  const metrics = createMetrics();
  const parts = { caches: [cache], controllers: [controller], log: silentLog, metrics };
  const manager = new Manager(leadership === undefined ? parts : { ...parts, leadership });
  const stop = new AbortController();
  const state = { running: true, error: undefined as unknown };
  const ended = manager.run(stop.signal).then(
    () => {
      state.running = false;
    },
    (error: unknown) => Object.assign(state, { running: false, error }),
  );
  const isLeader = async () => (await metrics.leader.get()).values.map((each) => each.value);
  return { cache, controller, manager, stop, state, ended, isLeader };
}

describe('manager', () => {
  it('starts caches first, is ready when they are complete, and then starts controllers', async () => {
    const { cache, controller, manager } = setup();
    await settle();
    assert.equal(cache.runs, 1);
    assert.equal(controller.signal, undefined);
    assert.equal(manager.unready().length, 1);
    cache.complete();
    await settle();
    assert.notEqual(controller.signal, undefined);
    assert.deepEqual(manager.unready(), []);
  });

  it('stops caches only after the controllers have ended', async () => {
    const { cache, controller, stop, state, ended } = setup();
    cache.complete();
    await settle();
    stop.abort();
    await settle();
    assert.equal(controller.signal?.aborted, true);
    assert.equal(cache.runs, 1);
    await controller.end();
    await ended;
    assert.equal(cache.runs, 0);
    assert.equal(state.error, undefined);
  });

  it('ends when stopped before the caches are complete', async () => {
    const { stop, ended, state } = setup();
    stop.abort(new Error('stopped by SIGTERM'));
    await ended;
    assert.equal(state.error, undefined);
  });

  it('fails when a cache fails', async () => {
    const { cache, ended, state } = setup();
    cache.fail(new Error('broken'));
    await ended;
    assert.match(String(state.error), /broken/);
  });

  it('fails when a cache ends by itself', async () => {
    const { cache, ended, state } = setup();
    cache.end();
    await ended;
    assert.match(String(state.error), /ended by itself/);
  });

  it('names the keys on which controllers are stuck', () => {
    const { controller, manager } = setup();
    controller.stuckOn = ['ns/a'];
    assert.deepEqual(manager.stuck(), ['controller fake is stuck on ns/a']);
  });
});

describe('manager with election', () => {
  async function ready() {
    const leadership = new FakeLeadership();
    const bench = setup(leadership);
    bench.cache.complete();
    await settle();
    return { ...bench, leadership };
  }

  it('contends only with warm caches', async () => {
    const leadership = new FakeLeadership();
    const { cache } = setup(leadership);
    await settle();
    assert.equal(leadership.contends, false);
    cache.complete();
    await settle();
    assert.equal(leadership.contends, true);
  });

  it('is ready as a standby, and runs controllers only while leading', async () => {
    const { leadership, manager, controller, isLeader } = await ready();
    assert.deepEqual(manager.unready(), []);
    assert.equal(controller.signal, undefined);
    assert.deepEqual(await isLeader(), [0]);
    await leadership.win();
    assert.notEqual(controller.signal, undefined);
    assert.deepEqual(await isLeader(), [1]);
  });

  it('stops as a standby without a loss', async () => {
    const { leadership, stop, ended, state } = await ready();
    stop.abort();
    await ended;
    assert.equal(leadership.lost, 0);
    assert.equal(state.error, undefined);
  });

  it('stops as a leader when the controllers have ended', async () => {
    const { leadership, controller, stop, state, ended, isLeader } = await ready();
    await leadership.win();
    stop.abort();
    await settle();
    assert.equal(controller.signal?.aborted, true);
    assert.ok(state.running);
    await controller.end();
    await ended;
    assert.equal(leadership.lost, 0);
    assert.deepEqual(await isLeader(), [0]);
  });

  it('says that leadership is lost without waiting for the controllers', async () => {
    const { leadership, controller } = await ready();
    await leadership.win();
    await leadership.lose();
    assert.equal(leadership.lost, 1);
    assert.equal(controller.signal?.aborted, true);
  });

  it('says so too when it is lost while stopping', async () => {
    const { leadership, stop } = await ready();
    await leadership.win();
    stop.abort();
    await settle();
    await leadership.lose();
    assert.equal(leadership.lost, 1);
  });

  it('fails when the election fails', async () => {
    const { leadership, ended, state } = await ready();
    await leadership.win();
    await leadership.fail(new Error('no such lease'));
    await ended;
    assert.match(String(state.error), /no such lease/);
  });
});

describe('stopSignal', () => {
  it('aborts at the first signal, and leaves the second to the system', () => {
    const source = new EventEmitter();
    const signal = stopSignal(source, silentLog);
    assert.equal(signal.aborted, false);
    source.emit('SIGTERM');
    assert.match(String(signal.reason), /SIGTERM/);
    assert.equal(source.listenerCount('SIGTERM'), 0);
  });
});
