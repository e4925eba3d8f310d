/** The corpus of hostile specs on a real API server, and an operator that is given whatever it lets pass. */
import assert from 'node:assert/strict';
import { cassandraClusters } from '../../crds/cassandra-cluster.ts';
import { cassandraKeyspaces } from '../../crds/cassandra-keyspace.ts';
import { cassandraRoles } from '../../crds/cassandra-role.ts';
import { kafkaClusters } from '../../crds/kafka-cluster.ts';
import { kafkaTopics } from '../../crds/kafka-topic.ts';
import { kafkaUsers } from '../../crds/kafka-user.ts';
import { serviceOperations } from '../../crds/service-operation.ts';
import type { Condition } from '../../crds/status.ts';
import { ApiError } from '../../operators/kube/api.ts';
import { type KubeObject, pods, type Resource, secrets, statefulSets } from '../../operators/kube/resource.ts';
import { each } from '../../operators/workload/entities/entity.ts';
import type { Hostile, HostileKind } from '../corpus/hostile.ts';
import { corpus } from '../corpus/index.ts';
import { eventually } from '../lib/eventually.ts';
import { inScene, inService, type Scene } from '../lib/scene.ts';

interface Made extends KubeObject {
  spec?: unknown;
  status?: { conditions?: Condition[] };
}

const resources: Record<HostileKind, Resource<Made>> = {
  KafkaCluster: kafkaClusters,
  CassandraCluster: cassandraClusters,
  ServiceOperation: serviceOperations,
  KafkaUser: kafkaUsers,
  KafkaTopic: kafkaTopics,
  CassandraKeyspace: cassandraKeyspaces,
  CassandraRole: cassandraRoles,
};

/** What the API server says against it; nothing if it takes it. */
async function refusalOf({ kind, spec }: Hostile, name: string, dryRun: boolean, scene: Scene): Promise<string> {
  const { api, namespace, signal } = scene;
  const object: Made = { apiVersion: 'stateward.dev/v1alpha1', kind, metadata: { namespace, name }, spec };
  try {
    await api.apply(resources[kind], object, { manager: 'stateward-test', dryRun, signal });
    return '';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.message;
  }
}

function told({ what, kind }: Hostile, said: string): string {
  return `${kind}: ${what}: ${said.slice(0, 400) || 'nothing'}`;
}

describe('the corpus of hostile specs', () => {
  it(
    'is refused by the API server as far as a schema can, with the field named',
    inScene(async (scene) => {
      const wrong = await each(corpus, async (one) => {
        const said = await refusalOf(one, 'hostile', true, scene);
        const isRight = one.judge === 'ApiServer' ? said.includes(one.server ?? one.field) : said === '';
        return isRight ? [] : [told(one, said)];
      });
      assert.deepEqual(wrong.flat(), []);
    }),
  );

  it(
    'is refused by the operator as far as the API server lets it pass, and comes to no pod',
    inService(async (scene) => {
      const { api, namespace, signal } = scene;
      const passed = corpus.filter(({ kind, judge }) => judge !== 'ApiServer' && kind.endsWith('Cluster'));
      await each([...passed.entries()], ([index, one]) => refusalOf(one, `hostile-${index}`, false, scene));
      await eventually(async () => {
        const silent = await each([...passed.entries()], async ([index, one]) => {
          const found = await api.read(resources[one.kind], { namespace, name: `hostile-${index}` }, { signal });
          const stalled = found?.status?.conditions?.find(({ type }) => type === 'Stalled');
          return stalled?.message.includes(one.field) ? [] : [told(one, stalled?.message ?? '')];
        });
        assert.deepEqual(silent.flat(), []);
      }, scene);
      for (const resource of [pods, statefulSets, secrets])
        assert.deepEqual((await api.list<KubeObject>(resource, { namespace, signal })).items, []);
    }),
  );

  for (const kind of ['KafkaUser', 'KafkaTopic', 'CassandraKeyspace', 'CassandraRole', 'ServiceOperation'] as const)
    it(
      `holds no ${kind} without a spec`,
      inScene(async (scene) => {
        const without: Hostile = { what: 'no spec', kind, spec: undefined, judge: 'ApiServer', field: 'spec' };
        assert.match(await refusalOf(without, 'hostile', true, scene), /spec: Required value/);
      }),
    );
});
