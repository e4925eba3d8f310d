import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { KubeObject } from './resource.ts';
import { type Change, Store } from './store.ts';

interface Thing extends KubeObject {
  color: string;
}

type Event = { type: 'put' | 'remove'; object: Thing };

function thing(name: string, version: number, color = 'red', uid = `uid-${name}`): Thing {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name, uid, resourceVersion: String(version) }, color };
}

function inNamespace(object: Thing, namespace: string): Thing {
  return { ...object, metadata: { ...object.metadata, namespace } };
}

function open(): { store: Store<Thing>; changes: string[] } {
  const changes: string[] = [];
  const onChange = ({ type, object }: Change<Thing>) => {
    changes.push(`${type} ${object.metadata.name}@${object.metadata.resourceVersion}`);
  };
  const indexes = { color: ({ color }: Thing) => [color] };
  return { store: new Store<Thing>({ indexes, onChange, transform: (object) => object, freeze: true }), changes };
}

/** The versions are all different, as those of one server are. */
const history: fc.Arbitrary<Event[]> = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('red', 'blue'), fc.boolean()), { maxLength: 30 })
  .map((steps) =>
    steps.map(([name, color, isPut], index) => ({
      type: isPut ? 'put' : 'remove',
      object: thing(name, 8 + index, color),
    })),
  );

/** Any order, and some events more than once. */
const delivered = history.chain((events) =>
  fc
    .tuple(fc.shuffledSubarray(events, { minLength: events.length }), fc.subarray(events))
    .map(([shuffled, again]) => ({ events, delivered: [...shuffled, ...again] })),
);

function newestPerKey(events: Event[]): Thing[] {
  const newest = new Map(events.map((event) => [event.object.metadata.name, event]));
  return [...newest.values()].flatMap(({ type, object }) => (type === 'put' ? [object] : []));
}

function sorted(objects: Thing[]): Thing[] {
  return objects.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function feed(store: Store<Thing>, events: Event[]): void {
  for (const { type, object } of events) store[type](object);
}

describe('store', () => {
  it('ends with the newest of each key, however events arrive', () => {
    fc.assert(
      fc.property(delivered, ({ events, delivered }) => {
        const { store } = open();
        feed(store, delivered);
        const expected = sorted(newestPerKey(events));
        assert.deepEqual(sorted(store.list()), expected);
        for (const color of ['red', 'blue']) {
          assert.deepEqual(
            sorted(store.by('color', color)),
            expected.filter((object) => object.color === color),
          );
        }
      }),
    );
  });

  it('is the same after a list as after all events', () => {
    fc.assert(
      fc.property(delivered, fc.nat({ max: 30 }), ({ events, delivered }, cut) => {
        const { store } = open();
        feed(store, delivered.slice(0, cut));
        store.replace(newestPerKey(events), '1000', undefined);
        assert.deepEqual(sorted(store.list()), sorted(newestPerKey(events)));
        feed(store, delivered);
        assert.deepEqual(sorted(store.list()), sorted(newestPerKey(events)));
      }),
    );
  });

  it('tells each change once', () => {
    const { store, changes } = open();
    feed(store, [
      { type: 'put', object: thing('a', 9) },
      { type: 'put', object: thing('a', 9) },
      { type: 'put', object: thing('a', 10) },
      { type: 'put', object: thing('a', 9) },
      { type: 'remove', object: thing('a', 11) },
      { type: 'remove', object: thing('a', 11) },
      { type: 'put', object: thing('a', 10) },
    ]);
    assert.deepEqual(changes, ['Added a@9', 'Modified a@10', 'Deleted a@11']);
  });

  it('tells of the end of an object whose name lives on', () => {
    const { store, changes } = open();
    store.put(thing('a', 9, 'red', 'one'));
    store.put(thing('a', 12, 'blue', 'two'));
    assert.deepEqual(changes, ['Added a@9', 'Deleted a@9', 'Added a@12']);
    store.remove(thing('a', 11, 'red', 'one'));
    assert.equal(store.get('a')?.metadata.uid, 'two');
  });

  it('removes what a list no longer has, but nothing newer and nothing out of its scope', () => {
    const { store, changes } = open();
    for (const object of [thing('old', 9), thing('new', 21)]) store.put(inNamespace(object, 'n'));
    store.put(inNamespace(thing('other', 9), 'm'));
    store.replace([], '20', 'n');
    assert.deepEqual(
      store.list().map(({ metadata }) => metadata.name),
      ['new', 'other'],
    );
    assert.equal(changes.at(-1), 'Deleted old@9');
    store.put(inNamespace(thing('old', 15), 'n'));
    assert.equal(store.get('n/old'), undefined);
  });
});
