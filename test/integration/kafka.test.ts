/** A KafkaCluster from nothing to Ready with simulated pods, and what is shown of it. */
import assert from 'node:assert/strict';
import { type KubeObject, persistentVolumeClaims, pods } from '../../operators/kube/resource.ts';
import { keys } from '../../operators/workload/identity.ts';
import { kubectl } from '../lib/cluster.ts';
import { getRaw } from '../lib/connection.ts';
import { eventually } from '../lib/eventually.ts';
import { type KafkaCluster, kafkas, kubeEvents } from '../lib/resources.ts';
import { inService } from '../lib/scene.ts';
import {
  applyKafka,
  assertCurrent,
  conditionOf,
  isReady,
  listNames,
  mustRead,
  pool,
  statesUntil,
  untilCurrent,
} from '../lib/services.ts';
import { owned } from './kafka-objects.ts';

function assertOwned(object: KubeObject, owner: KafkaCluster): void {
  const reference = object.metadata.ownerReferences?.[0];
  assert.equal(reference?.uid, owner.metadata.uid, object.metadata.name);
  assert.equal(reference?.controller, true);
  assert.equal(object.metadata.labels?.[keys.service], owner.metadata.name);
}

describe('a KafkaCluster', () => {
  it(
    'gets everything that it needs, in its own name',
    inService(async (scene) => {
      await applyKafka(scene, 'one', {});
      const service = await untilCurrent(scene, kafkas, 'one');
      for (const [resource, name] of owned) assertOwned(await mustRead(scene, resource, name), service);
      assert.deepEqual(await listNames(scene, pods), ['one-kafka-0', 'one-kafka-1', 'one-kafka-2']);
      for (const claim of ['data-one-kafka-0', 'data-one-kafka-1', 'data-one-kafka-2']) {
        const { metadata, status } = await mustRead(scene, persistentVolumeClaims, claim);
        assert.equal(status?.phase, 'Bound');
        assert.equal(metadata.ownerReferences, undefined, 'a volume outlives its service');
        assert.equal(metadata.labels?.[keys.serviceUid], service.metadata.uid);
      }
    }),
  );

  it(
    'says by the rules of kstatus how far it is, with a plan from the first moment',
    inService(async (scene) => {
      const watching = statesUntil(scene, kafkas, 'one', isReady);
      await applyKafka(scene, 'one', {});
      const states = (await watching).filter(({ status }) => status !== undefined);
      for (const state of states) {
        assert.ok(
          state.status?.plans?.some(({ name }) => name === 'deploy'),
          'a status without a plan',
        );
        const moving = conditionOf(state, 'Reconciling')?.status === 'True';
        assert.notEqual(moving, isReady(state), JSON.stringify(state.status?.conditions));
        assert.equal(state.status?.observedGeneration, state.metadata.generation);
      }
      assert.ok(states.length > 1, 'no state before Ready was shown');
      const last = states.at(-1);
      assert.ok(last);
      assertCurrent(last);
      const steps = last.status?.plans?.[0]?.phases.flatMap((phase) => phase.steps) ?? [];
      assert.deepEqual([...new Set(steps.map(({ status }) => status))], ['Complete']);
      assert.equal(last.status?.members?.length, 3);
      assert.equal(last.status?.binding?.name, 'one-kafka-binding');
      assert.match(last.status?.endpoints?.[0]?.vip ?? '', /^one-kafka\..*\.svc\.cluster\.local:9093$/);
    }),
  );

  it(
    'is told by kubectl: columns, wait and events',
    inService(async (scene) => {
      const { namespace, signal } = scene;
      await applyKafka(scene, 'one', {});
      const wait = ['wait', '--namespace', namespace, '--for=condition=Ready', 'kafkacluster/one', '--timeout=30s'];
      assert.match(await kubectl(wait, signal), /condition met/);
      const path = `/apis/stateward.dev/v1alpha1/namespaces/${namespace}/kafkaclusters`;
      const table = await getRaw(
        scene.connection.session,
        path,
        'application/json;as=Table;v=v1;g=meta.k8s.io',
        signal,
      );
      const { columnDefinitions, rows } = table as {
        columnDefinitions: { name: string; priority: number }[];
        rows: { cells: unknown[] }[];
      };
      const narrow = columnDefinitions.filter(({ priority }) => priority === 0).map(({ name }) => name);
      assert.deepEqual(narrow, ['Name', 'Ready', 'Version', 'Members', 'Plan', 'Age']);
      assert.deepEqual(rows[0]?.cells.slice(0, 5), ['one', 'True', '4.3.1', '3/3', 'deploy Complete 6/6']);
      await eventually(
        async () => {
          const { items } = await scene.api.list(kubeEvents, { namespace, signal });
          const notes = items
            .filter(({ regarding }) => regarding?.name === 'one')
            .map(({ reason, note }) => `${reason}: ${note}`);
          assert.ok(notes.includes('StepComplete: deploy: one-kafka-2:[start] Complete'), notes.join('\n'));
          assert.ok(
            notes.some((note) => note.startsWith('AllMembersReady: Ready is True')),
            notes.join('\n'),
          );
        },
        { signal },
      );
    }),
  );

  it(
    'keeps node ids apart in pools of their own',
    inService(async (scene) => {
      const roles = (name: string, role: string) => pool({ name, roles: [role] });
      await applyKafka(scene, 'one', { pools: [roles('controller', 'Controller'), roles('broker', 'Broker')] });
      const { status } = await untilCurrent(scene, kafkas, 'one');
      assert.deepEqual(
        status?.members?.map(({ nodeId }) => nodeId),
        [0, 1, 2, 1000, 1001, 1002],
      );
      assert.equal(status?.endpoints?.[0]?.dns.length, 3, 'clients are given the brokers only');
    }),
  );
});
