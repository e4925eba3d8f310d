/** What the chart makes: rights that are named one by one, and an operator that is confined. */
import assert from 'node:assert/strict';
import type { KubeObject, NetworkPolicy } from '../../operators/kube/resource.ts';
import { networkPolicies } from '../../operators/workload/network-policy.ts';
import { letsIn, type PodAt } from '../../operators/workload/testing/network.ts';
import { faultsOf, type PodTemplate } from '../../operators/workload/testing/pod-security.ts';
import { serviceOf } from '../../operators/workload/testing/services.ts';
import { renderChart } from '../lib/chart.ts';

interface Role extends KubeObject {
  rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
}

interface Deployment extends KubeObject {
  spec: { template: PodTemplate & { metadata: { labels: Record<string, string> } } };
}

const namespace = 'stateward-system';
const modes: [string, string[]][] = [
  ['for the whole cluster', []],
  ['for two namespaces', ['shop', 'bank']],
];

function isRole(object: KubeObject): object is Role {
  return object.kind === 'Role' || object.kind === 'ClusterRole';
}

for (const [mode, watchNamespaces] of modes) {
  describe(`the chart ${mode}`, () => {
    const { signal } = new AbortController();
    let objects: KubeObject[];
    let roles: Role[];
    let pod: PodAt;

    before(async () => {
      objects = await renderChart({ release: 'stateward', namespace, watchNamespaces }, signal);
      roles = objects.filter(isRole);
      pod = { namespace, labels: deployment().spec.template.metadata.labels, address: '10.0.0.1' };
    });

    function deployment(): Deployment {
      const found = objects.find((object): object is Deployment => object.kind === 'Deployment');
      assert.ok(found !== undefined);
      return found;
    }

    it('gives no right by a wildcard', () => {
      const words = roles.flatMap(({ rules }) => rules.flatMap((rule) => Object.values(rule).flat()));
      assert.ok(words.length > 50);
      assert.deepEqual(
        words.filter((word) => word.includes('*')),
        [],
      );
    });

    it('lets Secrets be read where services are, and nowhere else', () => {
      const reading = roles.filter(({ rules }) => rules.some(({ resources }) => resources.includes('secrets')));
      const expected = watchNamespaces.length === 0 ? [undefined] : watchNamespaces;
      assert.deepEqual(
        reading.map(({ metadata }) => metadata.namespace),
        expected,
      );
    });

    it('runs the operator under the restricted Pod Security Standard', () =>
      assert.deepEqual(faultsOf(deployment().spec.template), []));

    it('lets scrapes in to the operator, and nothing else', () => {
      const policies = objects.filter((object): object is NetworkPolicy => object.kind === 'NetworkPolicy');
      const [{ ports } = {}, ...more] = policies.flatMap(({ spec }) => spec.ingress);
      assert.deepEqual([ports, more], [[{ port: 'http' }], []]);
      assert.equal(letsIn(policies, pod, { address: '192.0.2.1' }, 22), false);
    });

    it('labels the operator so that the members of services let it in', () => {
      const service = serviceOf();
      const doors = { members: [], operator: [9091], clients: [] };
      const policies = networkPolicies(service, 'x', doors, { enabled: true, operatorNamespace: namespace });
      const member = { namespace: service.namespace, labels: policies[0]?.spec.podSelector.matchLabels ?? {} };
      assert.equal(letsIn(policies, { ...member, address: '10.0.0.2' }, pod, 9091), true);
    });

    it('tells the operator where it is', () => {
      const { env = [] } = deployment().spec.template.spec?.containers[0] ?? {};
      const where = env.find(({ name }) => name === 'STATEWARD_POD_NAMESPACE');
      assert.equal(where?.valueFrom?.fieldRef?.fieldPath, 'metadata.namespace');
    });
  });
}
