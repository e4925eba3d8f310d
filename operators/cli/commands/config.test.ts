import assert from 'node:assert/strict';
import { ApiError } from '../../kube/api.ts';
import { type ControllerRevision, controllerRevisions } from '../../kube/resource.ts';
import { revisionObjects, specRevision } from '../../workload/revisions.ts';
import { exit } from '../command.ts';
import { type Service, serviceResources } from '../services.ts';
import { type TestContext, testContext } from '../testing/context.ts';
import { configDiff, configHistory, configRollback } from './config.ts';

const kafka = serviceResources.KafkaCluster;
const ref = { namespace: 'shop', name: 'orders' };

function isRevision(object: object): object is ControllerRevision {
  return 'revision' in object && typeof object.revision === 'number';
}

/** A service that had each of the specs in turn, and asks for `present` now. */
async function serviceWith(
  accepted: object[],
  present: object,
  format: 'text' | 'json' = 'text',
): Promise<TestContext> {
  const test = testContext({ format });
  const { api } = test;
  const service: Service = {
    apiVersion: 'stateward.dev/v1alpha1',
    kind: 'KafkaCluster',
    metadata: { ...ref, generation: 1 },
    spec: present,
    status: { planSummary: 'deploy Complete 3/3' },
  };
  const { metadata } = await api.create(kafka, service);
  const identity = { apiVersion: service.apiVersion, kind: service.kind, ...ref, uid: metadata.uid ?? '' };
  for (const spec of accepted) {
    const { items } = await api.list(controllerRevisions);
    const { add } = revisionObjects(identity, spec, '1', items);
    assert.ok(add !== undefined && isRevision(add));
    await api.apply(controllerRevisions, {
      ...add,
      metadata: { ...add.metadata, creationTimestamp: `2029-12-0${add.revision}T00:00:00Z` },
    });
  }
  return test;
}

const small = { version: '4.2.1', pools: [{ name: 'kafka', replicas: 3 }] };
const large = { version: '4.2.1', pools: [{ name: 'kafka', replicas: 5 }] };
const newer = { version: '4.3.1', pools: [{ name: 'kafka', replicas: 5 }] };

describe('config history', () => {
  it('lists the specs, newest first, with what each changed', async () => {
    const { run, written } = await serviceWith([small, large, newer], { ...newer, control: { paused: ['deploy'] } });
    assert.equal(await run(configHistory, ['orders']), exit.ok);
    assert.equal(
      written.out,
      `REVISION   ID           SINCE                  CHANGED
3*         ${specRevision(newer)}   2029-12-03T00:00:00Z   version
2          ${specRevision(large)}   2029-12-02T00:00:00Z   pools[kafka].replicas
1          ${specRevision(small)}   2029-12-01T00:00:00Z   -
`,
    );
  });

  it('names three changed fields and counts the rest', async () => {
    const { run, written } = await serviceWith([{}, { a: 1, b: 1, c: 1, d: 1, e: 1 }], {});
    await run(configHistory, ['orders']);
    assert.match(written.out, /a, b, c, and 2 more\n/);
  });

  it('says so where nothing has been accepted', async () => {
    const { run, written } = await serviceWith([], small);
    assert.equal(await run(configHistory, ['orders']), exit.ok);
    assert.equal(written.out, 'no spec has been accepted yet\n');
  });

  it('answers programs with all of it', async () => {
    const { run, written } = await serviceWith([small], small, 'json');
    await run(configHistory, ['orders']);
    assert.deepEqual(JSON.parse(written.out), [
      { revision: 1, id: specRevision(small), since: '2029-12-01T00:00:00Z', spec: small, present: true, changes: [] },
    ]);
  });

  it('leaves out the revisions of another service of the same name', async () => {
    const { run, written, api } = await serviceWith([small], small);
    const live = await api.read(kafka, ref);
    assert.ok(live !== undefined);
    await api.remove(kafka, ref, { preconditions: { uid: live.metadata.uid ?? '' } });
    await api.create(kafka, { ...live, metadata: ref });
    await run(configHistory, ['orders']);
    assert.equal(written.out, 'no spec has been accepted yet\n');
  });
});

describe('config diff', () => {
  const versionChange = ['@@ -2,4 +2,4 @@', '   pools:', '     - name: kafka', '       replicas: 5'];
  const table: [string, object[], object, string[], string[]][] = [
    [
      'shows the last change, and not control',
      [small, large, newer],
      { ...newer, control: { paused: ['deploy'] } },
      [],
      ['--- revision 2', '+++ the present spec', ...versionChange, '-  version: 4.2.1', '+  version: 4.3.1'],
    ],
    [
      'shows what the present spec changes where it was not accepted',
      [small, large],
      newer,
      [],
      ['--- revision 2', '+++ the present spec', ...versionChange, '-  version: 4.2.1', '+  version: 4.3.1'],
    ],
    [
      'shows what changed between two revisions, also backwards',
      [large, newer],
      newer,
      ['2', '1'],
      ['--- revision 2', '+++ revision 1', ...versionChange, '-  version: 4.3.1', '+  version: 4.2.1'],
    ],
    ['takes an id', [small], small, [specRevision(small)], ['revision 1 and the present spec do not differ']],
  ];
  for (const [name, accepted, present, revisions, expected] of table) {
    it(name, async () => {
      const { run, written } = await serviceWith(accepted, present);
      assert.equal(await run(configDiff, ['orders', ...revisions]), exit.ok);
      assert.deepEqual(written.out.trimEnd().split('\n'), expected);
    });
  }

  const refusals: [string, object[], string[], string][] = [
    ['a revision that does not exist', [small, large], ['1', '7'], 'orders has no revision 7; there are 2, 1\n'],
    ['a revision where there is none', [], ['1'], 'orders has no revision 1; no spec has been accepted yet\n'],
    ['a first spec', [small], [], 'orders has had no other spec yet\n'],
  ];
  for (const [name, accepted, revisions, message] of refusals) {
    it(`refuses ${name}`, async () => {
      const { run, written } = await serviceWith(accepted, small);
      assert.equal(await run(configDiff, ['orders', ...revisions]), exit.failure);
      assert.deepEqual(written, { out: '', err: message });
    });
  }
});

describe('config rollback', () => {
  it('writes the old spec as a whole and keeps control', async () => {
    const control = { paused: ['recovery'] };
    const { run, written, api } = await serviceWith([{ ...small, image: 'mine' }, newer], { ...newer, control });
    assert.equal(await run(configRollback, ['orders'], { to: '1' }), exit.ok);
    const live = await api.read(kafka, ref);
    assert.deepEqual(live?.spec, { ...small, image: 'mine', control });
    assert.equal(written.out, 'orders goes back to revision 1: see kubectl stateward plan orders\n');
    const write = api.writes().at(-1);
    assert.equal(write?.verb, 'update');
  });

  it('removes fields that the old spec did not have', async () => {
    const { run, api } = await serviceWith([small, { ...small, image: 'mine' }], { ...small, image: 'mine' });
    await run(configRollback, ['orders'], { to: specRevision(small) });
    assert.deepEqual((await api.read(kafka, ref))?.spec, small);
  });

  it('writes nothing where the spec is that one already', async () => {
    const { run, written, api } = await serviceWith([small], small);
    const before = api.writes().length;
    assert.equal(await run(configRollback, ['orders'], { to: '1' }), exit.ok);
    assert.equal(written.out, 'orders has the spec of revision 1 already\n');
    assert.equal(api.writes().length, before);
  });

  it('keeps a pause that comes between its reading and its writing', async () => {
    const { run, api } = await serviceWith([small, large], large);
    let written = 0;
    api.before = async ({ verb }) => {
      if (verb !== 'update' || written++ > 0) return;
      await api.patch(kafka, ref, { spec: { control: { paused: ['deploy'] } } });
    };
    assert.equal(await run(configRollback, ['orders'], { to: '1' }), exit.ok);
    assert.deepEqual((await api.read(kafka, ref))?.spec, { ...small, control: { paused: ['deploy'] } });
    assert.equal(written, 2);
  });

  it('gives up where it always comes too late', async () => {
    const { run, api } = await serviceWith([small, large], large);
    api.before = ({ verb }) => {
      if (verb === 'update') throw new ApiError(409, 'Conflict', 'modified');
    };
    await assert.rejects(run(configRollback, ['orders'], { to: '1' }), /modified/);
  });

  it('leaves alone a service that took the place of the one it read', async () => {
    const { run, written, api } = await serviceWith([small, large], large);
    api.before = async ({ verb }) => {
      if (verb !== 'update') return;
      api.before = () => {};
      const live = await api.read(kafka, ref);
      await api.remove(kafka, ref, { preconditions: { uid: live?.metadata.uid ?? '' } });
      await api.create(kafka, { apiVersion: '', kind: 'KafkaCluster', metadata: ref, spec: large });
      throw new ApiError(409, 'Conflict', 'another uid');
    };
    assert.equal(await run(configRollback, ['orders'], { to: '1' }), exit.failure);
    assert.equal(written.err, 'orders was deleted meanwhile\n');
    assert.deepEqual((await api.read(kafka, ref))?.spec, large);
  });

  const refusals: [string, string | undefined, number, string][] = [
    ['a revision that does not exist', '9', exit.failure, 'orders has no revision 9; there are 1\n'],
    [
      'no revision',
      undefined,
      exit.usage,
      'config rollback needs --to REVISION: see kubectl stateward config history\n',
    ],
  ];
  for (const [name, to, code, message] of refusals) {
    it(`refuses ${name} and writes nothing`, async () => {
      const { run, written, api } = await serviceWith([small], large);
      const before = api.writes().length;
      assert.equal(await run(configRollback, ['orders'], to === undefined ? {} : { to }), code);
      assert.deepEqual(written, { out: '', err: message });
      assert.equal(api.writes().length, before);
    });
  }
});
