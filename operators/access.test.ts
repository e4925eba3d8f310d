import assert from 'node:assert/strict';
import { access } from './access.ts';

/** Asked for by an admission check alone. */
function isFinalizers(resources: readonly string[]): boolean {
  return resources.every((resource) => resource.endsWith('/finalizers'));
}

describe('the access table', () => {
  it('names each thing that the operator may do: no wildcard', () => {
    const named = access.flatMap(({ group, resources, verbs }) => [group, ...resources, ...verbs]);
    assert.deepEqual(
      named.filter((word) => word.includes('*')),
      [],
    );
  });

  it('reads Secrets only where services are', () => {
    const scopes = access.filter(({ resources }) => resources.includes('secrets')).map(({ scope }) => scope);
    assert.deepEqual(scopes, ['Watched']);
  });

  it('reads no more than the ground of the whole cluster where namespaces are named', () => {
    const everywhere = access.filter(({ scope }) => scope === 'Cluster');
    assert.deepEqual(
      everywhere.flatMap(({ resources }) => resources),
      ['nodes', 'storageclasses', 'priorityclasses', 'runtimeclasses'],
    );
    for (const { verbs } of everywhere) assert.deepEqual(verbs, ['get', 'list', 'watch']);
  });

  it('replaces no object as a whole but Secrets and its lease', () => {
    const replaced = access.filter(({ verbs, resources }) => verbs.includes('update') && !isFinalizers(resources));
    assert.deepEqual(
      replaced.flatMap(({ resources }) => resources),
      ['secrets', 'leases'],
    );
  });

  it('gives nobody more rights, and gets into no pod', () => {
    const resources = new Set(access.flatMap(({ resources: all }) => all));
    for (const one of [
      'pods/exec',
      'pods/portforward',
      'pods/attach',
      'pods/ephemeralcontainers',
      'roles',
      'rolebindings',
    ])
      assert.ok(!resources.has(one), one);
    const pods = access.find(({ resources: all }) => all.includes('pods'));
    assert.ok(pods !== undefined && !pods.verbs.includes('create'));
  });
});
