import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ControllerRevision } from '../kube/resource.ts';
import { labelsOf, ownerOf } from './identity.ts';
import { ownRevisions, revisionObjects, specAsked, specOf, specRevision } from './revisions.ts';
import { serviceOf } from './testing/services.ts';

const service = serviceOf('KafkaCluster');

function isRevision(object: object): object is ControllerRevision {
  return 'revision' in object && typeof object.revision === 'number';
}

/** What the API server has after each of the specs was accepted in turn. */
function historyOf(specs: unknown[], start: ControllerRevision[] = []): ControllerRevision[] {
  return acceptedAs(
    specs.map((spec) => ['1', spec]),
    start,
  );
}

/** Each as this generation. */
function acceptedAs(specs: [string, unknown][], start: ControllerRevision[] = []): ControllerRevision[] {
  return specs.reduce<ControllerRevision[]>((existing, [asked, spec]) => {
    const { add, remove } = revisionObjects(service, spec, asked, existing);
    const stays = existing.filter(({ metadata }) => ![...remove, add?.metadata.name].includes(metadata.name));
    return add !== undefined && isRevision(add) ? [...stays, add] : stays;
  }, start);
}

function shown(existing: ControllerRevision[]): [number, unknown][] {
  return ownRevisions(service, existing).map((revision) => [revision.revision, specOf(revision)]);
}

describe('specRevision', () => {
  it('is the same for the same content in another order, and ten hex digits', () => {
    const revision = specRevision({ a: 1, b: { c: [1, 2], d: 'x' } });
    assert.equal(revision, specRevision({ b: { d: 'x', c: [1, 2] }, a: 1 }));
    assert.match(revision, /^[0-9a-f]{10}$/);
  });

  const table: [string, unknown, unknown, boolean][] = [
    ['does not see control', { a: 1 }, { a: 1, control: { paused: ['deploy'] } }, true],
    ['takes a missing spec for an empty one', undefined, {}, true],
    ['sees another value', { a: 1 }, { a: 2 }, false],
    ['sees another order of a list', { a: [1, 2] }, { a: [2, 1] }, false],
    ['sees control that is no field of the spec itself', { a: { control: 1 } }, { a: {} }, false],
  ];
  for (const [name, one, other, same] of table) {
    it(name, () => assert.equal(specRevision(one) === specRevision(other), same));
  }
});

describe('the revision of a spec that is refused for its depth', () => {
  it('is none', () => assert.equal(specRevision(JSON.parse(`${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}`)), ''));
});

describe('revisionObjects', () => {
  it('keeps the first spec without control, owned by the service', () => {
    const spec = { version: '4.3.1', control: { paused: ['deploy'] } };
    assert.deepEqual(revisionObjects(service, spec, '1', []), {
      add: {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: {
          name: `demo-kafka-${specRevision(spec)}`,
          namespace: 'ns',
          labels: labelsOf(service),
          annotations: { 'stateward.dev/asked': '1' },
          ownerReferences: [ownerOf(service)],
        },
        data: { spec: { version: '4.3.1' } },
        revision: 1,
      },
      remove: [],
    });
  });

  it('is named after the product', () => {
    const { add } = revisionObjects(serviceOf('CassandraCluster'), {}, '1', []);
    assert.equal(add?.metadata.name, `demo-cassandra-${specRevision({})}`);
  });

  const table: [string, unknown[], [number, unknown][]][] = [
    ['adds nothing for the newest spec', [{ a: 1 }, { a: 1 }], [[1, { a: 1 }]]],
    ['adds nothing for a pause', [{ a: 1 }, { a: 1, control: { paused: ['deploy'] } }], [[1, { a: 1 }]]],
    [
      'counts on with another spec',
      [{ a: 1 }, { a: 2 }],
      [
        [2, { a: 2 }],
        [1, { a: 1 }],
      ],
    ],
    [
      'makes an older spec the newest when it comes again',
      [{ a: 1 }, { a: 2 }, { a: 1 }],
      [
        [3, { a: 1 }],
        [2, { a: 2 }],
      ],
    ],
  ];
  for (const [name, specs, expected] of table) {
    it(name, () => assert.deepEqual(shown(historyOf(specs)), expected));
  }

  it('removes the oldest beyond ten, also those that were left over', () => {
    const full = historyOf(Array.from({ length: 10 }, (_, a) => ({ a })));
    assert.deepEqual(revisionObjects(service, { a: 10 }, '1', full).remove, [`demo-kafka-${specRevision({ a: 0 })}`]);
    const leftOver = [...full, ...historyOf([{ a: -2 }, { a: -1 }]).map((one, at) => ({ ...one, revision: at - 2 }))];
    assert.deepEqual(revisionObjects(service, { a: 9 }, '1', leftOver), {
      add: undefined,
      remove: [`demo-kafka-${specRevision({ a: -1 })}`, `demo-kafka-${specRevision({ a: -2 })}`],
    });
  });

  it('leaves alone what another owner keeps under the labels of the service', () => {
    const [own] = historyOf([{ a: 1 }]);
    assert.ok(own !== undefined);
    const ofSet = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'demo-kafka', uid: 'uid-set', controller: true };
    const foreign = Array.from(
      { length: 12 },
      (_, at): ControllerRevision => ({
        ...own,
        metadata: { ...own.metadata, name: `demo-kafka-${at}`, ownerReferences: [ofSet] },
        revision: 100 + at,
      }),
    );
    const { add, remove } = revisionObjects(service, { a: 2 }, '1', [...foreign, own]);
    assert.deepEqual(remove, []);
    assert.equal(add !== undefined && isRevision(add) && add.revision, 2);
  });

  it('holds the last specs, each once, the newest as the newest', () => {
    const specs = fc.array(
      fc.nat(14).map((a) => ({ a })),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(specs, (accepted) => {
        const newestFirst = accepted.toReversed();
        const distinct = newestFirst.filter(({ a }, at) => newestFirst.findIndex((other) => other.a === a) === at);
        const history = shown(historyOf(accepted));
        assert.deepEqual(
          history.map(([, spec]) => spec),
          distinct.slice(0, 10),
        );
        assert.deepEqual(revisionObjects(service, accepted.at(-1), '1', historyOf(accepted)), {
          add: undefined,
          remove: [],
        });
      }),
    );
  });
});

describe('specAsked', () => {
  const paused = { a: 1, control: { paused: ['deploy'] } };

  const table: [string, [string, unknown][], string, unknown][] = [
    [
      'is the spec of that generation',
      [
        ['1', { a: 1 }],
        ['3', { a: 2 }],
      ],
      '1',
      { a: 1 },
    ],
    [
      'is unknown for a generation that was never accepted',
      [
        ['1', { a: 1 }],
        ['3', { a: 2 }],
      ],
      '2',
      undefined,
    ],
    [
      'is the same spec after a pause',
      [
        ['1', { a: 1 }],
        ['2', paused],
      ],
      '2',
      { a: 1 },
    ],
    [
      'is the old spec that has come back',
      [
        ['1', { a: 1 }],
        ['2', { a: 2 }],
        ['3', { a: 1 }],
      ],
      '3',
      { a: 1 },
    ],
  ];
  for (const [name, specs, asked, expected] of table) {
    it(name, () => assert.deepEqual(specAsked(service, asked, acceptedAs(specs)), expected));
  }

  it('counts a pause as no other revision', () =>
    assert.deepEqual(
      shown(
        acceptedAs([
          ['1', { a: 1 }],
          ['2', paused],
        ]),
      ),
      [[1, { a: 1 }]],
    ));

  it('is not what another service of that name was asked for', () =>
    assert.equal(specAsked({ uid: 'uid-2' }, '1', acceptedAs([['1', { a: 1 }]])), undefined));
});
