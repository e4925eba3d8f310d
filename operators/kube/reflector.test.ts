import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import {
  ApiError,
  ConnectionError,
  type ListOptions,
  type ListPage,
  type WatchEvent,
  type WatchOptions,
} from './api.ts';
import { silentLog } from './log.ts';
import { reflect, type Sink } from './reflector.ts';
import { type ConfigMap, configMaps, type KubeObject } from './resource.ts';
import { EagerClock } from './testing/fake-clock.ts';
import { MemoryApi } from './testing/memory-api.ts';

type Step =
  | { list: ListPage<ConfigMap> | Error; continueToken?: string }
  | { watch: (WatchEvent<ConfigMap> | Error)[]; from: string; lasts?: number };

function object(name: string, resourceVersion: string): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, resourceVersion } };
}

function page(resourceVersion: string, names: string[], continueToken?: string): ListPage<ConfigMap> {
  const items = names.map((name) => object(name, resourceVersion));
  return { items, resourceVersion, ...(continueToken === undefined ? {} : { continueToken }) };
}

function modified(name: string, version: string): WatchEvent<ConfigMap> {
  return { type: 'MODIFIED', object: object(name, version) };
}

function bookmark(resourceVersion: string): WatchEvent<ConfigMap> {
  return { type: 'BOOKMARK', resourceVersion };
}

const expired = new ApiError(410, 'Expired', 'too old');
const broken = new ConnectionError('reset', { unsent: false });

/** Plays the steps, checks that the reflector asks for just these, and stops it at the end. */
class ScriptedApi extends MemoryApi {
  readonly clock = new EagerClock();
  readonly controller = new AbortController();
  readonly asked: string[] = [];
  readonly #steps: Step[];

  constructor(steps: Step[]) {
    super();
    this.#steps = steps;
  }

  override async list<T extends KubeObject>(_resource: unknown, options?: ListOptions): Promise<ListPage<T>> {
    const step = this.#next();
    this.asked.push(`list ${options?.continueToken ?? ''}`.trim());
    if (step === undefined || !('list' in step)) throw this.#stop();
    if (step.list instanceof Error) throw step.list;
    return step.list as ListPage<T> & ListPage<ConfigMap>;
  }

  override async *watch<T extends KubeObject>(
    _resource: unknown,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>> {
    const step = this.#next();
    this.asked.push(`watch ${options.resourceVersion}`);
    if (step === undefined || !('watch' in step)) throw this.#stop();
    assert.ok(options.timeoutSeconds >= 300 && options.timeoutSeconds < 600);
    this.clock.pass(step.lasts ?? 0);
    for (const event of step.watch) {
      if (event instanceof Error) throw event;
      yield event as WatchEvent<T> & WatchEvent<ConfigMap>;
    }
  }

  #next(): Step | undefined {
    const step = this.#steps.shift();
    if (step === undefined) this.#stop();
    return step;
  }

  #stop(): Error {
    this.controller.abort(new Error('end of script'));
    return new Error('end of script');
  }
}

async function play(
  steps: Step[],
): Promise<{ asked: string[]; told: string[]; slept: number[]; counts: Record<string, number> }> {
  const api = new ScriptedApi(steps);
  const told: string[] = [];
  const counts: Record<string, number> = {};
  const sink: Sink<ConfigMap> = {
    replace: (objects, version) => told.push(`replace ${objects.map(({ metadata }) => metadata.name)}@${version}`),
    put: ({ metadata }) => told.push(`put ${metadata.name}@${metadata.resourceVersion}`),
    remove: ({ metadata }) => told.push(`remove ${metadata.name}@${metadata.resourceVersion}`),
  };
  const onEvent = ({ type }: { type: string }) => {
    counts[type] = (counts[type] ?? 0) + 1;
  };
  const options = { api, resource: configMaps, sink, clock: api.clock, log: silentLog, random: () => 0.5, onEvent };
  await reflect(options, api.controller.signal);
  assert.equal(getEventListeners(api.controller.signal, 'abort').length, 0);
  return { asked: api.asked, told, slept: api.clock.slept, counts };
}

const LONG = 400_000;

describe('reflector', () => {
  it('lists in pages, watches from there, and resumes where the last watch ended', async () => {
    const { asked, told, slept, counts } = await play([
      { list: page('100', ['a'], 'more') },
      { list: page('100', ['b']) },
      {
        watch: [modified('a', '101'), { type: 'DELETED', object: object('b', '102') }, bookmark('150')],
        from: '100',
        lasts: LONG,
      },
      { watch: [], from: '150', lasts: LONG },
    ]);
    assert.deepEqual(asked, ['list', 'list more', 'watch 100', 'watch 150', 'watch 150']);
    assert.deepEqual(told, ['replace a,b@100', 'put a@101', 'remove b@102']);
    assert.deepEqual(slept, []);
    assert.deepEqual(counts, { list: 1, event: 2, reconnect: 2 });
  });

  it('resumes after a broken connection', async () => {
    const { asked, slept } = await play([
      { list: page('100', []) },
      { watch: [modified('a', '101'), broken], from: '100', lasts: LONG },
      { watch: [broken], from: '101', lasts: LONG },
    ]);
    assert.deepEqual(asked, ['list', 'watch 100', 'watch 101', 'watch 101']);
    assert.deepEqual(slept, [1000, 1000]);
  });

  it('lists again after 410, in the stream and on opening', async () => {
    const { asked, told } = await play([
      { list: page('100', ['a']) },
      { watch: [modified('a', '101'), expired], from: '100' },
      { list: page('200', ['b']) },
    ]);
    assert.deepEqual(asked, ['list', 'watch 100', 'list', 'watch 200']);
    assert.equal(told.at(-1), 'replace b@200');
  });

  it('starts over when the list expires between its pages', async () => {
    const { asked, told } = await play([
      { list: page('100', ['a'], 'more') },
      { list: expired },
      { list: page('200', ['b'], 'more') },
      { list: page('200', ['c']) },
    ]);
    assert.deepEqual(asked, ['list', 'list more', 'list', 'list more', 'watch 200']);
    assert.deepEqual(told, ['replace b,c@200']);
  });

  it('never believes an older version', async () => {
    const { asked, told } = await play([
      { list: page('100', ['a']) },
      { watch: [modified('a', '120'), modified('b', '99'), bookmark('110'), expired], from: '100' },
      { list: page('90', []) },
      { list: page('119', []) },
      { list: page('130', ['a']) },
    ]);
    assert.deepEqual(asked, ['list', 'watch 100', 'list', 'list', 'list', 'watch 130']);
    assert.deepEqual(
      told.filter((line) => line.startsWith('replace')),
      ['replace a@100', 'replace a@130'],
    );
  });

  it('never resumes from an older version', async () => {
    const events = [modified('a', '120'), modified('b', '99'), bookmark('110')];
    const { asked } = await play([{ list: page('100', []) }, { watch: events, from: '100', lasts: LONG }]);
    assert.deepEqual(asked, ['list', 'watch 100', 'watch 120']);
  });

  it('backs off from 0.8 to 30 s and as long as it is asked to', async () => {
    const failures = Array.from({ length: 9 }, () => ({ list: new ApiError(500, 'InternalError', 'no') }));
    const busy = { list: new ApiError(429, 'TooManyRequests', 'busy', 45_000) };
    const { slept } = await play([...failures, busy]);
    assert.deepEqual(slept, [1000, 2000, 4000, 8000, 16_000, 25_000, 25_000, 25_000, 25_000, 45_000]);
  });

  it('does not hammer a server that closes every watch at once', async () => {
    const quick = Array.from({ length: 50 }, () => ({ watch: [modified('a', '100')], from: '100' }));
    const { slept } = await play([{ list: page('100', []) }, ...quick]);
    assert.ok(slept.length === 50 && slept.every((ms) => ms >= 800));
  });

  it('starts small again after a watch that lasted', async () => {
    const { slept } = await play([
      { list: page('100', []) },
      { watch: [broken], from: '100' },
      { watch: [broken], from: '100' },
      { watch: [broken], from: '100', lasts: LONG },
    ]);
    assert.deepEqual(slept, [1000, 2000, 1000]);
  });
});
