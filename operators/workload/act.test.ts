import assert from 'node:assert/strict';
import { parseServiceOperation } from '../../crds/service-operation.ts';
import { ApiError } from '../kube/api.ts';
import { type PersistentVolumeClaim, type Pod, persistentVolumeClaims, pods } from '../kube/resource.ts';
import { actOnWorkload, isDisruption, isWorkloadAction } from './act.ts';
import { reportPod } from './members/pod-state.ts';
import type { WorkloadAction } from './members/steps.ts';
import { operationResource } from './operations/operations.ts';
import { claimOf, podOf, readyPod } from './testing/objects.ts';
import { serviceOf } from './testing/services.ts';
import { testTurn } from './testing/turn.ts';

const name = 'demo-kafka-0';
const service = serviceOf();
const { apiVersion, kind, namespace } = service;
const object = { apiVersion, kind, metadata: { namespace, name: service.name, uid: service.uid } };

/** An API server that holds these, and the actions upon it. */
async function world(parts: { pod?: Pod; claims?: PersistentVolumeClaim[] } = {}) {
  const { turn, api, put } = testTurn(object);
  const pod = parts.pod === undefined ? undefined : await put(pods, parts.pod);
  const claims: PersistentVolumeClaim[] = [];
  for (const claim of parts.claims ?? []) claims.push(await put(persistentVolumeClaims, claim));
  const act = (action: WorkloadAction): Promise<void> => actOnWorkload(action, service, turn);
  const live = (): Promise<Pod | undefined> => api.read(pods, { namespace, name });
  const writes = (): string[] => api.writes().map(({ verb, key }) => `${verb} ${key.split('/').at(-1)}`);
  const uid = pod?.metadata.uid ?? 'nobody';
  return { api, act, live, writes, pod, uid, claims };
}

describe('what takes a member down', () => {
  const table: [WorkloadAction, boolean][] = [
    [{ kind: 'RestartMember', pod: name, uid: 'u' }, true],
    [{ kind: 'DestroyMember', pod: name, uid: 'u', claims: [] }, true],
    [{ kind: 'ReplacePod', pod: name, uid: 'u' }, false],
    [{ kind: 'MarkPaused', pod: name, uid: 'u' }, false],
    [{ kind: 'RequestReplace', member: name, since: 0 }, false],
  ];
  for (const [action, expected] of table) {
    it(`is ${expected ? '' : 'not '}${action.kind}`, () => {
      assert.equal(isWorkloadAction(action), true);
      assert.equal(isDisruption(action), expected);
    });
  }
});

describe('the restart of a member', () => {
  const table: [string, Pod | undefined, string | undefined, string[]][] = [
    ['deletes its pod', readyPod(name), undefined, [`remove ${name}`]],
    ['leaves another pod of that name alone', readyPod(name), 'another', []],
    ['leaves a pod alone that no longer serves', podOf(name), undefined, []],
    ['leaves a pod alone that is going', readyPod(name, { deleting: true }), undefined, []],
    ['has nothing to do without a pod', undefined, undefined, []],
  ];
  for (const [what, pod, seen, expected] of table) {
    it(what, async () => {
      const { act, writes, uid } = await world(pod === undefined ? {} : { pod });
      await act({ kind: 'RestartMember', pod: name, uid: seen ?? uid });
      assert.deepEqual(writes(), expected);
    });
  }

  it('is for the pod as it was just read', async () => {
    const { act, api, pod, uid } = await world({ pod: readyPod(name) });
    await act({ kind: 'RestartMember', pod: name, uid });
    assert.deepEqual(api.writes()[0]?.body, { uid, resourceVersion: pod?.metadata.resourceVersion });
  });

  it('is left for later when somebody writes the pod in between', async () => {
    const { act, api, live, uid } = await world({ pod: readyPod(name) });
    api.before = async ({ verb }) => {
      if (verb === 'remove') await api.apply(pods, podOf(name, { uid, annotations: { changed: 'true' } }));
    };
    await act({ kind: 'RestartMember', pod: name, uid });
    assert.equal((await live())?.metadata.annotations?.['changed'], 'true');
  });

  it('is heard of when it fails', async () => {
    const { act, api, uid } = await world({ pod: readyPod(name) });
    api.before = ({ verb }) => {
      if (verb === 'remove') throw new ApiError(500, 'InternalError', 'etcd');
    };
    await assert.rejects(act({ kind: 'RestartMember', pod: name, uid }), /etcd/);
  });
});

describe('the destruction of a member', () => {
  async function scene() {
    const made = await world({ pod: readyPod(name), claims: [claimOf('data', service), claimOf('logs', service)] });
    const claims = made.claims.map(({ metadata }) => ({ name: metadata.name, uid: metadata.uid ?? '' }));
    return { ...made, claims, action: { kind: 'DestroyMember', pod: name, uid: made.uid, claims } as const };
  }

  it('deletes its claims before its pod, each by its uid', async () => {
    const { act, api, writes, action } = await scene();
    await act(action);
    assert.deepEqual(writes(), ['remove data', 'remove logs', `remove ${name}`]);
    assert.deepEqual(
      api.writes().map(({ body }) => body),
      [...action.claims, action].map(({ uid }) => ({ uid })),
    );
  });

  it('leaves claims and pods alone that have taken their place', async () => {
    const { act, api, live, action } = await scene();
    await act({ ...action, uid: 'another', claims: action.claims.map((claim) => ({ ...claim, uid: 'another' })) });
    assert.notEqual(await live(), undefined);
    assert.equal((await api.list(persistentVolumeClaims)).items.length, 2);
  });

  it('goes on where it ended', async () => {
    const { act, live, action } = await scene();
    await act({ ...action, uid: '' });
    assert.notEqual(await live(), undefined);
    await act(action);
    assert.equal(await live(), undefined);
  });

  it('leaves the pod for later when a claim cannot be deleted', async () => {
    const { act, api, writes, action } = await scene();
    api.before = ({ key }) => {
      if (key.endsWith('/logs')) throw new ApiError(500, 'InternalError', 'etcd');
    };
    await assert.rejects(act(action), /etcd/);
    assert.deepEqual(writes(), ['remove data', 'remove logs']);
  });

  it('of volumes alone touches no pod', async () => {
    const { act, writes, action } = await scene();
    await act({ ...action, uid: '' });
    assert.deepEqual(writes(), ['remove data', 'remove logs']);
  });
});

describe('the wish to replace a member', () => {
  const action = { kind: 'RequestReplace', member: name, since: Date.parse('2026-01-01T00:00:00.000Z') } as const;

  it('is an operation as a user would write it, and goes with its service', async () => {
    const { act, api } = await world();
    await act(action);
    const [made, ...others] = (await api.list(operationResource)).items;
    assert.deepEqual(others, []);
    assert.deepEqual(made?.spec, {
      service: { kind, name: 'demo' },
      type: 'Replace',
      members: [name],
      ttlSeconds: 604_800,
    });
    assert.equal(parseServiceOperation(made?.spec).ok, true);
    assert.deepEqual([made?.apiVersion, made?.kind, made?.metadata.namespace], [apiVersion, 'ServiceOperation', 'ns']);
    assert.deepEqual(made?.metadata.ownerReferences, [{ apiVersion, kind, name: 'demo', uid: service.uid }]);
    assert.match(made?.metadata.name ?? '', /^replace-demo-kafka-0-[a-z0-9]+$/);
  });

  it('is made once for one loss', async () => {
    const { act, api } = await world();
    await act(action);
    await act(action);
    assert.equal((await api.list(operationResource)).items.length, 1);
  });

  it('is made again for another loss', async () => {
    const { act, api } = await world();
    await act(action);
    await act({ ...action, since: action.since + 1 });
    assert.equal((await api.list(operationResource)).items.length, 2);
  });

  it('is heard of when it cannot be made', async () => {
    const { act, api } = await world();
    api.before = () => {
      throw new ApiError(403, 'Forbidden', 'no right to it');
    };
    await assert.rejects(act(action), /no right to it/);
  });
});

describe('the mark of a paused member', () => {
  it('is seen in the state of its pod', async () => {
    const { act, live, uid } = await world({ pod: podOf(name, { node: 'node-a' }) });
    await act({ kind: 'MarkPaused', pod: name, uid });
    assert.equal(reportPod(await live(), []).state, 'Paused');
  });

  it('carries the uid of the pod and changes nothing else', async () => {
    const { act, api, uid } = await world({ pod: podOf(name) });
    await act({ kind: 'MarkPaused', pod: name, uid });
    assert.deepEqual(
      api.calls.map(({ verb, body }) => [verb, body]),
      [['patch', { metadata: { uid, annotations: { 'stateward.dev/paused': 'true' } } }]],
    );
  });

  it('is not put on another pod of that name', async () => {
    const { act, live } = await world({ pod: podOf(name) });
    await assert.rejects(
      act({ kind: 'MarkPaused', pod: name, uid: 'another' }),
      (error) => error instanceof ApiError && error.isConflict,
    );
    assert.deepEqual((await live())?.metadata.annotations, {});
  });
});
