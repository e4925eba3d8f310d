import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ListOptions, ListPage, WatchEvent, WatchOptions } from '../../../operators/kube/api.ts';
import { ApiError } from '../../../operators/kube/api.ts';
import type { KubeObject, Pod } from '../../../operators/kube/resource.ts';
import { FakeClock, settle } from '../../../operators/kube/testing/fake-clock.ts';
import { MemoryApi } from '../../../operators/kube/testing/memory-api.ts';
import { type DownState, type DownWatch, downText, maxDownTogether, watchDown } from './down-watch.ts';

let version = 1;

function pod(name: string, ready: boolean, deletionTimestamp?: string): Pod {
  version += 1;
  const metadata = { name, namespace: 'ns', resourceVersion: String(version) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: deletionTimestamp === undefined ? metadata : { ...metadata, deletionTimestamp },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

/** One list after the other, and the events that a test sends. */
class PodsApi extends MemoryApi {
  readonly asked: (string | undefined)[] = [];
  readonly lists: Pod[][];
  #events = Promise.withResolvers<WatchEvent<Pod> | ApiError>();

  constructor(...lists: Pod[][]) {
    super();
    this.lists = lists;
  }

  async say(event: WatchEvent<Pod> | ApiError): Promise<void> {
    this.#events.resolve(event);
    await settle();
  }

  override async list<T extends KubeObject>(_resource: unknown, options?: ListOptions): Promise<ListPage<T>> {
    this.asked.push(options?.labelSelector);
    const items = (this.lists.shift() ?? []) as (T & Pod)[];
    return { items, resourceVersion: String(version) };
  }

  override async *watch<T extends KubeObject>(_: unknown, { signal }: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    const ended = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    for (;;) {
      const event = await Promise.race([this.#events.promise, ended]);
      if (event === undefined) return;
      this.#events = Promise.withResolvers();
      if (event instanceof ApiError) throw event;
      yield event as WatchEvent<T> & WatchEvent<Pod>;
    }
  }
}

describe('the watch of who is down', () => {
  const clock = new FakeClock(0);
  const names = ['a', 'b', 'c'];
  let api: PodsApi;
  let watch: DownWatch;

  beforeEach(async () => {
    api = new PodsApi(names.map((name) => pod(name, true)));
    const options = { api, namespace: 'ns', kind: 'KafkaCluster', service: 'kafka', clock } as const;
    watch = await watchDown(options, new AbortController().signal);
  });

  afterEach(() => watch.stop());

  const downs = () => watch.states().map(({ down }) => down.join());

  it('asks for the members of this one service', () => {
    assert.deepEqual(api.asked, ['stateward.dev/kind=KafkaCluster,stateward.dev/service=kafka']);
    assert.deepEqual(downs(), ['']);
    assert.equal(watch.maxDownTogether().count, 0);
  });

  it('counts a member as down from its deletion until its new pod is Ready', async () => {
    await api.say({ type: 'MODIFIED', object: pod('b', true, '2030-01-01T00:00:00Z') });
    await api.say({ type: 'MODIFIED', object: pod('b', false, '2030-01-01T00:00:00Z') });
    await api.say({ type: 'DELETED', object: pod('b', false) });
    await api.say({ type: 'ADDED', object: pod('b', false) });
    assert.deepEqual(downs(), ['', 'b']);
    await api.say({ type: 'MODIFIED', object: pod('b', true) });
    assert.deepEqual(downs(), ['', 'b', '']);
  });

  it('says which two were down together, and from when to when', async () => {
    const start = clock.now();
    await clock.advance(1_000);
    await api.say({ type: 'DELETED', object: pod('a', false) });
    await clock.advance(2_000);
    await api.say({ type: 'MODIFIED', object: pod('c', false) });
    await clock.advance(4_000);
    assert.deepEqual(watch.maxDownTogether(), { count: 2, members: ['a', 'c'], from: start + 3_000, to: undefined });
    await api.say({ type: 'ADDED', object: pod('a', true) });
    const found = watch.maxDownTogether();
    assert.deepEqual(found, { count: 2, members: ['a', 'c'], from: start + 3_000, to: start + 7_000 });
    assert.match(downText(found), /^2 down together \(a, c\) from 19\S+Z to 19\S+Z$/);
  });

  it('does not count one that leaves, nor one that has only just come', async () => {
    await api.say({ type: 'ADDED', object: pod('d', false) });
    await api.say({ type: 'DELETED', object: pod('c', false) });
    await api.say({ type: 'MODIFIED', object: pod('a', false) });
    assert.deepEqual(watch.maxDownTogether(['c']).members, ['a']);
    assert.deepEqual(watch.maxDownTogether().members, ['a', 'c']);
    await api.say({ type: 'MODIFIED', object: pod('d', true) });
    await api.say({ type: 'MODIFIED', object: pod('d', false) });
    assert.deepEqual(watch.maxDownTogether().members, ['a', 'c', 'd']);
  });

  it('sees who is missing after a torn watch, and says that it was torn', async () => {
    api.lists.push([pod('a', true), pod('b', false)]);
    await api.say(new ApiError(410, 'Expired', 'too old'));
    await clock.advance(10_000);
    assert.deepEqual(downs(), ['', 'b,c']);
    assert.equal(watch.interruptions(), 1);
  });

  it('ends with its signal, also before the first answer', async () => {
    const ending = new AbortController();
    const options = { api, namespace: 'ns', kind: 'KafkaCluster', service: 'kafka', clock } as const;
    ending.abort(new Error('over'));
    await assert.rejects(watchDown(options, ending.signal), /over/);
  });
});

describe('the most that were down together', () => {
  const some: fc.Arbitrary<string[]> = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
  const states: fc.Arbitrary<DownState[]> = fc
    .array(some, { minLength: 1, maxLength: 20 })
    .map((downs) => downs.map((down, at) => ({ at, down: down.toSorted() })));

  it('is one of the states, and none has more', () => {
    fc.assert(
      fc.property(states, (all) => {
        const { count, members, from } = maxDownTogether(all);
        assert.equal(count, Math.max(...all.map(({ down }) => down.length)));
        assert.deepEqual(members, all.find(({ at }) => at === from)?.down);
      }),
    );
  });

  it('never grows by who has left', () => {
    fc.assert(
      fc.property(states, some, (all, left) => {
        const { count, members } = maxDownTogether(all, left);
        assert.ok(count <= maxDownTogether(all).count);
        for (const name of members) assert.ok(!left.includes(name));
      }),
    );
  });
});
