/** What the chart brings: kinds that explain themselves, and an operator that asks for no more than it needs. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { operatorNamespace } from '../../hack/install.ts';
import { pods } from '../../operators/kube/resource.ts';
import { isReady } from '../../operators/workload/members/pod-state.ts';
import { until, usePlace } from './lib/place.ts';

const definitions = globSync(join(import.meta.dirname, '..', '..', 'crds', '*.yaml'));

describe('the chart', () => {
  const at = usePlace('chart');

  it('runs two operators under the restricted Pod Security Standard', async () => {
    const namespace = operatorNamespace;
    await until(at(), async () => {
      const { items } = await at().api.list(pods, { namespace, signal: at().signal });
      assert.equal(items.filter(isReady).length, 2);
    });
    const label = ['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted'];
    await at().tools.kubectl([...label, '--overwrite', '--dry-run=server', '--warnings-as-errors']);
  });

  it('gives the operator neither exec into pods nor anything of nodes but to read them', async () => {
    const who = `system:serviceaccount:${operatorNamespace}:stateward`;
    const can = (...what: string[]) =>
      at()
        .tools.kubectl(['auth', 'can-i', ...what, '--as', who, '--all-namespaces'])
        .then(
          () => true,
          () => false,
        );
    assert.equal(await can('get', 'nodes'), true);
    assert.equal(await can('patch', 'pods'), true);
    for (const what of [
      ['create', 'pods', '--subresource=exec'],
      ['create', 'pods'],
      ['patch', 'nodes'],
      ['create', 'clusterroles'],
      ['delete', 'namespaces'],
    ])
      assert.equal(await can(...what), false, what.join(' '));
  });

  for (const file of definitions) {
    it(`agrees with kubectl apply -f ${file.replace(/^.*\/crds\//, 'crds/')}`, async () => {
      const output = await at().tools.kubectl(['diff', '--server-side', '--force-conflicts', '-f', file]);
      assert.equal(output, '');
    });
  }

  for (const field of ['kafkacluster.spec.pools.storage.volumes', 'cassandracluster.spec.racks', 'kfk.status.plans']) {
    it(`explains ${field}`, async () => {
      const text = await at().tools.kubectl(['explain', field]);
      assert.match(text, /DESCRIPTION:\n {4}[A-Z]/);
      const [, fields = ''] = text.split('FIELDS:');
      const undescribed = [...fields.matchAll(/^ {2}(\S+)\t<[^>]*>.*\n(?! {4}\S| {2}enum)/gm)].map(([, name]) => name);
      assert.deepEqual(undescribed, []);
    });
  }
});
