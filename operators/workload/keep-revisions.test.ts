import assert from 'node:assert/strict';
import { isRecord } from '../kube/json.ts';
import { controllerRevisions, type Pod, pods } from '../kube/resource.ts';
import { keepRevision, markUnchanged } from './keep-revisions.ts';
import { askedMark, type MemberGroup, memberSet, templateMark } from './members/member-set.ts';
import { type Parsed, reject } from './rejection.ts';
import { ownRevisions, specOf } from './revisions.ts';
import { liveSet, readyPod } from './testing/objects.ts';
import { factsOf, groupOf, operationOf, serviceOf } from './testing/services.ts';
import { testTurn } from './testing/turn.ts';

const service = serviceOf();
const names: string[] = ['demo-kafka-0', 'demo-kafka-1', 'demo-kafka-2'];
const before = groupOf({ asked: 'rev-0' });

/** What the present operator makes of a spec: one group with this grace, unless it refuses it. */
function parse(spec: unknown): Parsed<{ groups: MemberGroup[] }> {
  const { grace, name = 'demo-kafka' } = isRecord(spec) ? spec : {};
  if (typeof grace !== 'number') return { ok: false, rejections: [reject('InvalidSpec', 'no grace')] };
  return { ok: true, model: { groups: [groupOf({ name: String(name), graceSeconds: grace })] } };
}

/** The annotations that the marked pods have afterwards, as the operator writes them. */
async function marked(
  group: MemberGroup,
  given: Pod[],
  live: MemberGroup | undefined = before,
  accepted: [number, unknown][] = [],
): Promise<string[]> {
  const { turn, api, put } = testTurn(operationOf('service'));
  const stored: Pod[] = [];
  for (const pod of given) stored.push(await put(pods, pod));
  const sets = live === undefined ? [] : [liveSet(memberSet(live))];
  for (const [generation, spec] of accepted) await keepRevision(spec, factsOf({}, { generation }), turn);
  api.calls.length = 0;
  await markUnchanged([group], factsOf({}, { sets, pods: stored }), turn, parse);
  return api.writes().map(({ verb, key, body }) => `${verb} ${key.split('/').at(-1)} ${JSON.stringify(body)}`);
}

const pod = (name: string, asked = 'rev-0'): Pod =>
  readyPod(name, { annotations: { [askedMark]: asked, [templateMark]: 'any' } });

describe('a change of the spec that leaves the template as it is', () => {
  const after = groupOf({ asked: 'rev-1' });

  it('takes the pods along, each by its uid', async () => {
    const writes = await marked(
      after,
      names.map((name) => pod(name)),
    );
    assert.equal(writes.length, 3);
    assert.match(
      writes[0] ?? '',
      /^patch demo-kafka-0 \{"metadata":\{"uid":"uid-\d+","annotations":\{"stateward.dev\/asked":"rev-1"\}\}\}$/,
    );
  });

  const deleting = readyPod('demo-kafka-0', { annotations: { [askedMark]: 'rev-0' }, deleting: true });
  const table: [string, MemberGroup, Pod[], MemberGroup | undefined][] = [
    ['leaves pods of an even older spec behind', after, [pod('demo-kafka-0', 'rev-old')], before],
    ['leaves pods alone that it has taken along before', after, [pod('demo-kafka-0', 'rev-1')], before],
    ['leaves pods alone that are going', after, [deleting], before],
    ['leaves pods of others alone', after, [pod('demo-other-0'), pod('demo-kafka-3')], before],
    ['is none where the template changes, too', { ...after, graceSeconds: 99 }, [pod('demo-kafka-0')], before],
    ['is none where the spec is the same', before, [pod('demo-kafka-0')], before],
  ];
  for (const [what, group, given, live] of table) {
    it(what, async () => assert.deepEqual(await marked(group, given, live), []));
  }

  it('is none before there is a StatefulSet', async () => {
    const { turn, api } = testTurn(operationOf('service'));
    await markUnchanged([after], factsOf({}, { pods: [pod('demo-kafka-0')] }), turn, parse);
    assert.deepEqual(api.writes(), []);
  });
});

describe('a change of the spec that a new operator sees first', () => {
  const wanted = groupOf({ asked: '5', graceSeconds: 30 });
  const older = { container: { name: 'kafka', image: 'of the old operator' } };
  const live = groupOf({ ...older, asked: '4' });
  const taken = ['patch demo-kafka-0'];
  const paused = { grace: 30, control: { paused: ['deploy'] } };

  const table: [string, string[], string, [number, unknown][]][] = [
    ['takes pods along that it would make the same for both specs', taken, '4', [[4, { grace: 30, other: 1 }]]],
    [
      'takes pods along from before a pause',
      taken,
      '4',
      [
        [3, { grace: 30, other: 1 }],
        [4, { ...paused, other: 1 }],
      ],
    ],
    [
      'takes pods along of an even older spec',
      taken,
      '2',
      [
        [2, { grace: 30, other: 1 }],
        [4, { grace: 31 }],
      ],
    ],
    ['leaves pods behind that it would make another way', [], '4', [[4, { grace: 31 }]]],
    [
      'leaves pods behind whose spec nobody knows',
      [],
      '3',
      [
        [2, { grace: 30, other: 1 }],
        [4, { grace: 31 }],
      ],
    ],
    ['leaves pods behind whose spec it refuses', [], '4', [[4, {}]]],
    ['leaves pods behind of a group that the former spec lacks', [], '4', [[4, { grace: 30, name: 'demo-other' }]]],
    ['leaves pods alone of the present spec', [], '5', [[5, { grace: 30 }]]],
    ['leaves pods behind that keep what is kept no longer', [], '4 with a door', [[4, { grace: 30, other: 1 }]]],
  ];
  for (const [what, expected, asked, accepted] of table) {
    it(what, async () => {
      const writes = await marked(wanted, [pod('demo-kafka-0', asked)], live, accepted);
      assert.deepEqual(
        writes.map((write) => write.split(' ').slice(0, 2).join(' ')),
        expected,
      );
    });
  }
});

describe('the history of a service', () => {
  /** Each of the specs is accepted in turn; the verbs of all writes, and what is kept. */
  async function kept(...specs: unknown[]) {
    const { turn, api } = testTurn(operationOf('service'));
    for (const spec of specs) await keepRevision(spec, factsOf({}), turn);
    const { items } = await api.list(controllerRevisions);
    const shown = ownRevisions(service, items).map((revision) => [revision.revision, specOf(revision)]);
    return { writes: api.writes(), shown };
  }

  it('has the accepted specs, newest first', async () => {
    const { shown } = await kept({ a: 1 }, { a: 2 });
    assert.deepEqual(shown, [
      [2, { a: 2 }],
      [1, { a: 1 }],
    ]);
  });

  it('is written only when the spec changes', async () => {
    const { writes } = await kept({ a: 1 }, { a: 1 }, { a: 1, control: { paused: ['deploy'] } });
    assert.deepEqual(
      writes.map(({ verb }) => verb),
      ['apply'],
    );
  });

  it('is written when the same spec is asked for anew', async () => {
    const { turn, api } = testTurn(operationOf('service'));
    for (const generation of [1, 2]) await keepRevision({ a: 1 }, factsOf({}, { generation }), turn);
    assert.equal(api.writes().length, 2);
    const { items } = await api.list(controllerRevisions);
    assert.deepEqual(
      items.map(({ metadata, revision }) => [metadata.annotations?.[askedMark], revision]),
      [['2', 1]],
    );
  });

  it('has an old spec that comes back as its newest', async () => {
    const { shown } = await kept({ a: 1 }, { a: 2 }, { a: 1 });
    assert.deepEqual(shown, [
      [3, { a: 1 }],
      [2, { a: 2 }],
    ]);
  });

  it('forgets the oldest of more than ten', async () => {
    const { shown, writes } = await kept(...Array.from({ length: 12 }, (_, a) => ({ a })));
    assert.equal(shown.length, 10);
    assert.deepEqual(shown.at(-1), [3, { a: 2 }]);
    const removals = writes.filter(({ verb }) => verb === 'remove');
    assert.ok(removals.length >= 2 && removals.every(({ body }) => /"uid":"uid-\d+"/.test(JSON.stringify(body))));
  });
});
