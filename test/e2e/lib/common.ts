/** What holds for every service that is Ready, whatever it is: tests for the files that have one. */
import assert from 'node:assert/strict';
import {
  configMaps,
  type KubeObject,
  networkPolicies,
  podDisruptionBudgets,
  type Resource,
  services,
  statefulSets,
} from '../../../operators/kube/resource.ts';
import type { Service } from '../../lib/services.ts';
import { type Place, until } from './place.ts';
import { identities, podsOf } from './pods.ts';
import { list, read, untilReady } from './services.ts';

export interface Known<T extends Service> {
  resource: Resource<T>;
  name: string;
  members: string[];
  version: string;
}

/** What `kubectl` shows of it. */
export function shownByKubectl<T extends Service>({ resource, name, members, version }: Known<T>, at: () => Place) {
  const get = (...args: string[]) => at().tools.kubectl(['get', resource.plural, name, '-n', at().namespace, ...args]);

  it('satisfies kubectl wait --for=condition=Ready', async () => {
    const wait = ['wait', '--for=condition=Ready', `${resource.plural}/${name}`, '-n', at().namespace, '--timeout=60s'];
    assert.match(await at().tools.kubectl(wait, { timeoutMs: 70_000 }), /condition met/);
  });

  it('has the columns Ready, Version, Members, Plan and Age', async () => {
    const [header = '', row = ''] = (await get()).split('\n');
    assert.deepEqual(header.split(/\s{2,}|\s+/), ['NAME', 'READY', 'VERSION', 'MEMBERS', 'PLAN', 'AGE']);
    const cells = row.split(/\s{2,}/);
    assert.deepEqual(cells.slice(0, 4), [name, 'True', version, `${members.length}/${members.length}`]);
    assert.match(cells[4] ?? '', /^deploy Complete (\d+)\/\1$/);
  });

  it('tells its story in Events, step by step', async () => {
    const target = `${resource.kind}/${name}`;
    const shown = await at().tools.kubectl(['events', '--for', target, '-n', at().namespace]);
    for (const member of members) {
      assert.match(shown, new RegExp(`StepInProgress.*deploy: ${member}:\\[start\\] InProgress`));
      assert.match(shown, new RegExp(`StepComplete.*deploy: ${member}:\\[start\\] Complete`));
    }
    assert.match(shown, /AllMembersReady.*Ready is True/);
    const described = await at().tools.kubectl(['describe', resource.plural, name, '-n', at().namespace]);
    assert.match(described, /Events:[\s\S]*StepComplete/);
  });

  it('belongs to nobody but the service: each object that it is made of has it as owner', async () => {
    const { metadata } = await read(at(), resource, name);
    for (const kind of [statefulSets, services, configMaps, podDisruptionBudgets, networkPolicies] as Resource[]) {
      const owned = (await list(at(), kind)).filter((object) => labelled(object, name));
      assert.ok(owned.length > 0, kind.kind);
      for (const object of owned) assert.equal(object.metadata.ownerReferences?.[0]?.uid, metadata.uid);
    }
  });
}

function labelled({ metadata }: KubeObject, name: string): boolean {
  return metadata.labels?.['stateward.dev/service'] === name;
}

/** A lost object of the service comes back, and its pods do not notice. */
export function putBack<T extends Service>({ resource, name }: Known<T>, at: () => Place) {
  const kinds: [Resource, string[]][] = [
    [statefulSets, ['--cascade=orphan']],
    [services, []],
    [configMaps, []],
    [podDisruptionBudgets, []],
    [networkPolicies, []],
  ];
  for (const [kind, args] of kinds) {
    it(`puts each lost ${kind.kind} back, and no pod notices`, async () => {
      const before = await identities(at(), name);
      const lost = (await list(at(), kind)).filter((object) => labelled(object, name));
      assert.ok(lost.length > 0);
      const names = lost.map(({ metadata }) => metadata.name);
      await at().tools.kubectl(['delete', kind.plural, ...names, '-n', at().namespace, ...args]);
      await until(at(), async () => {
        for (const object of lost) {
          const found = await read(at(), kind, object.metadata.name);
          assert.notEqual(found.metadata.uid, object.metadata.uid);
        }
      });
      await untilReady(at(), resource, name);
      assert.deepEqual(await identities(at(), name), before);
    });
  }

  it('has its pods in the hands of the StatefulSets that were put back', async () => {
    const sets = new Set((await list(at(), statefulSets)).map(({ metadata }) => metadata.uid));
    await until(at(), async () => {
      for (const pod of await podsOf(at(), name))
        assert.ok(sets.has(pod.metadata.ownerReferences?.[0]?.uid), `nobody owns ${pod.metadata.name}`);
    });
  });
}

/** As servicebinding.io has it: what status names is a Secret of that type with these keys. */
export async function assertBinding<T extends Service & { status?: { binding?: { name: string } | undefined } }>(
  place: Place,
  { resource, name }: Known<T>,
  product: string,
  keys: string[],
): Promise<void> {
  const { status } = await read(place, resource, name);
  const secret = ['get', 'secret', status?.binding?.name ?? '', '-n', place.namespace];
  const type = await place.tools.kubectl([...secret, '-o', 'jsonpath={.type}']);
  assert.equal(type, `servicebinding.io/${product}`);
  const data = await place.tools.kubectl([...secret, '-o', 'jsonpath={.data}']);
  assert.deepEqual(Object.keys(JSON.parse(data)).toSorted(), [...keys, 'provider', 'type'].toSorted());
}
