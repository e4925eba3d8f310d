import assert from 'node:assert/strict';
import { createMetrics, type Metrics } from './metrics.ts';

/** The exposition's lines of one metric. */
async function lines(metrics: Metrics, name: string): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('metrics', () => {
  it('shows every series of a controller from the start', async () => {
    const metrics = createMetrics();
    metrics.reconciles('kafka', 4);
    assert.deepEqual(await lines(metrics, 'controller_runtime_reconcile_total'), [
      'controller_runtime_reconcile_total{controller="kafka",result="success"} 0',
      'controller_runtime_reconcile_total{controller="kafka",result="requeue_after"} 0',
      'controller_runtime_reconcile_total{controller="kafka",result="error"} 0',
    ]);
    const others = ['max_concurrent_reconciles', 'active_workers', 'reconcile_errors_total'];
    for (const [index, name] of others.entries()) {
      const expected = [`controller_runtime_${name}{controller="kafka"} ${index === 0 ? 4 : 0}`];
      assert.deepEqual(await lines(metrics, `controller_runtime_${name}`), expected);
    }
  });

  it('counts the result of reconciles', async () => {
    const metrics = createMetrics();
    const reconciles = metrics.reconciles('kafka', 1);
    const ended = reconciles.started();
    assert.deepEqual(await lines(metrics, 'controller_runtime_active'), [
      'controller_runtime_active_workers{controller="kafka"} 1',
    ]);
    ended(0.2);
    reconciles.ended('error', true);
    const [count] = await lines(metrics, 'controller_runtime_reconcile_time_seconds_count');
    assert.equal(count, 'controller_runtime_reconcile_time_seconds_count{controller="kafka"} 1');
    const [terminal] = await lines(metrics, 'controller_runtime_terminal_reconcile_errors_total');
    assert.equal(terminal, 'controller_runtime_terminal_reconcile_errors_total{controller="kafka"} 1');
  });

  it('labels work queues as client-go does', async () => {
    const metrics = createMetrics();
    const queue = metrics.queue('kafka', () => [1.5, 4]);
    queue.added();
    queue.depth('SpecChange', 2);
    const labels = 'name="kafka",controller="kafka"';
    assert.deepEqual(await lines(metrics, 'workqueue_adds_total'), [`workqueue_adds_total{${labels}} 1`]);
    assert.deepEqual(await lines(metrics, 'workqueue_retries_total'), [`workqueue_retries_total{${labels}} 0`]);
    assert.deepEqual(await lines(metrics, 'workqueue_depth'), [
      `workqueue_depth{${labels},priority="SpecChange"} 2`,
      `workqueue_depth{${labels},priority="OwnedEvent"} 0`,
      `workqueue_depth{${labels},priority="Resync"} 0`,
    ]);
    assert.deepEqual(await lines(metrics, 'workqueue_unfinished'), [
      `workqueue_unfinished_work_seconds{${labels}} 5.5`,
    ]);
    assert.deepEqual(await lines(metrics, 'workqueue_longest'), [
      `workqueue_longest_running_processor_seconds{${labels}} 4`,
    ]);
  });

  it('counts requests by code, method and host', async () => {
    const metrics = createMetrics();
    const observe = metrics.request('10.0.0.1:443');
    const common = { resource: 'pods', durationMs: 20, attempt: 1 };
    observe({ ...common, verb: 'apply', status: 200 });
    observe({ ...common, verb: 'list', status: 0 });
    assert.deepEqual(await lines(metrics, 'rest_client_requests_total'), [
      'rest_client_requests_total{code="200",method="PATCH",host="10.0.0.1:443"} 1',
      'rest_client_requests_total{code="<error>",method="GET",host="10.0.0.1:443"} 1',
    ]);
    const patches = (await lines(metrics, 'rest_client_request_duration_seconds_sum'))[0];
    assert.equal(patches, 'rest_client_request_duration_seconds_sum{verb="PATCH",host="10.0.0.1:443"} 0.02');
  });

  it('counts what watches do', async () => {
    const metrics = createMetrics();
    for (const type of ['event', 'event', 'reconnect', 'list', 'failure'] as const) {
      metrics.watch({ type, resource: 'pods' });
    }
    assert.deepEqual(await lines(metrics, 'stateward_watch_'), [
      'stateward_watch_events_total{resource="pods"} 2',
      'stateward_watch_reconnects_total{resource="pods"} 1',
      'stateward_watch_relists_total{resource="pods"} 1',
      'stateward_watch_failures_total{resource="pods"} 1',
    ]);
  });

  it('shares nothing between two sets of metrics', async () => {
    const one = createMetrics();
    createMetrics().leader.set({ name: 'lease' }, 1);
    assert.deepEqual(await lines(one, 'leader_election_master_status{'), []);
  });
});

describe('certificate metrics', () => {
  const series = 'stateward_certificate_expiry_timestamp_seconds{';
  const owner = { kind: 'KafkaCluster', namespace: 'ns', name: 'a' };

  it('show the ends of a service until it is gone, and of no other one', async () => {
    const metrics = createMetrics();
    metrics.certificates.show(owner, [
      { certificate: 'ca', notAfter: 2_000 },
      { certificate: 'a-kafka-0', notAfter: 1_000 },
    ]);
    metrics.certificates.show({ ...owner, name: 'b' }, [{ certificate: 'ca', notAfter: 3_000 }]);
    const labels = 'kind="KafkaCluster",namespace="ns",name="a",certificate';
    assert.deepEqual(
      (await lines(metrics, series)).toSorted(),
      [
        `${series}kind="KafkaCluster",namespace="ns",name="b",certificate="ca"} 3`,
        `${series}${labels}="a-kafka-0"} 1`,
        `${series}${labels}="ca"} 2`,
      ].toSorted(),
    );
    metrics.certificates.show(owner, [{ certificate: 'ca', notAfter: 4_000 }]);
    assert.deepEqual(await lines(metrics, `${series}${labels}`), [`${series}${labels}="ca"} 4`]);
    metrics.certificates.show(owner, []);
    assert.equal((await lines(metrics, series)).length, 1);
  });
});

describe('plan metrics', () => {
  const owner = { kind: 'KafkaCluster', namespace: 'ns', name: 'a' };
  const statuses = ['Pending', 'InProgress', 'Complete'];
  const deploy = { plan: 'deploy', status: 'InProgress', steps: { Complete: 2, InProgress: 1 } };

  it('shows 1 for the current status, 0 for the others, and the number of steps', async () => {
    const metrics = createMetrics();
    metrics.plans.show(owner, [deploy], statuses);
    const labels = 'kind="KafkaCluster",namespace="ns",name="a",plan="deploy"';
    const values = async (name: string) =>
      (await lines(metrics, `${name}{${labels}`)).map((line) => line.split(' ')[1]);
    assert.deepEqual(await values('stateward_plan_status'), ['0', '1', '0']);
    assert.deepEqual(await values('stateward_plan_steps'), ['0', '1', '2']);
  });

  it('forgets plans that are gone, of this service only', async () => {
    const metrics = createMetrics();
    metrics.plans.show(owner, [deploy, { ...deploy, plan: 'recovery' }], statuses);
    metrics.plans.show({ ...owner, name: 'b' }, [deploy], statuses);
    metrics.plans.show(owner, [deploy], statuses);
    assert.equal((await lines(metrics, 'stateward_plan_status{')).length, 6);
    metrics.plans.show(owner, [], statuses);
    const left = await lines(metrics, 'stateward_plan_status{');
    assert.equal(left.length, 3);
    assert.ok(left.every((line) => line.includes('name="b"')));
    assert.equal((await lines(metrics, 'stateward_plan_steps{')).length, 3);
  });
});
