import assert from 'node:assert/strict';
import { pods } from '../../kube/resource.ts';
import { openSession } from '../../kube/session.ts';
import { EagerClock } from '../../kube/testing/fake-clock.ts';
import {
  type Answer,
  pieces,
  reset,
  type ScriptServer,
  scriptServer,
  status,
} from '../../kube/testing/script-server.ts';
import { labelsOf } from '../../workload/identity.ts';
import { podOf } from '../../workload/testing/objects.ts';
import { exit } from '../command.ts';
import { serviceResources } from '../services.ts';
import { type TestContext, type TestOption, testContext } from '../testing/context.ts';
import { SelectingApi } from '../why/testing/selecting-api.ts';
import { logs } from './logs.ts';

const labels = labelsOf({
  apiVersion: 'stateward.dev/v1alpha1',
  kind: 'KafkaCluster',
  namespace: 'shop',
  name: 'demo',
  uid: 'uid-1',
});

function stamped(second: number, text: string): string {
  return `2030-01-01T00:00:${String(second).padStart(2, '0')}.000000001Z ${text}\n`;
}

interface World extends AsyncDisposable {
  test: TestContext<SelectingApi>;
  server: ScriptServer;
  stop: AbortController;
  run(positionals: readonly string[], options?: Record<string, TestOption>): Promise<number>;
}

/** A service with a pod of each name; the server answers by pod where several are asked for. */
async function world(names: readonly string[], ...script: Answer[]): Promise<World> {
  const server = await scriptServer(...script);
  const session = await openSession({ load: server.load, userAgent: 'test', clock: new EagerClock() });
  const stop = new AbortController();
  const test = testContext({ api: new SelectingApi(), session, signal: stop.signal });
  const service = { apiVersion: 'stateward.dev/v1alpha1', metadata: { name: 'demo', namespace: 'shop' } };
  await test.api.create(serviceResources.KafkaCluster, { ...service, kind: 'KafkaCluster' });
  for (const name of names) {
    const pod = podOf(name, { labels });
    const containers = [{ name: 'kafka' }, { name: 'sidecar' }];
    await test.api.create(pods, { ...pod, metadata: { ...pod.metadata, namespace: 'shop' }, spec: { containers } });
  }
  const foreign = podOf('other');
  await test.api.create(pods, { ...foreign, metadata: { ...foreign.metadata, namespace: 'shop' } });
  const dispose = async () => {
    await session.close();
    await server[Symbol.asyncDispose]();
  };
  const run: World['run'] = (positionals, options) => test.run(logs, positionals, options);
  return { test, server, stop, run, [Symbol.asyncDispose]: dispose };
}

/** The same script for every request: each pod has its own answer. */
function byPod(answers: Record<string, Answer>): Answer[] {
  const answer: Answer = (request, response) => {
    const pod = /\/pods\/([^/]+)\/log/.exec(request.url ?? '')?.[1] ?? '';
    (answers[pod] ?? status(500))(request, response);
  };
  return Object.keys(answers).map(() => answer);
}

describe('logs', () => {
  it('merges the members by time, each line with its member', async () => {
    const script = byPod({
      'demo-9': pieces([stamped(1, 'begins'), stamped(4, 'ends')], 'close'),
      'demo-10': pieces([stamped(2, 'two'), stamped(3, 'thr').trimEnd(), 'ee\n'], 'close'),
    });
    await using at = await world(['demo-10', 'demo-9'], ...script);
    assert.equal(await at.run(['demo']), exit.ok);
    assert.equal(
      at.test.written.out,
      `demo-9  | begins
demo-10 | two
demo-10 | three
demo-9  | ends
`,
    );
    assert.deepEqual(at.server.received.map(({ path }) => path).sort(), [
      '/api/v1/namespaces/shop/pods/demo-10/log',
      '/api/v1/namespaces/shop/pods/demo-9/log',
    ]);
    assert.equal(at.server.received[0]?.query.toString(), 'container=kafka&timestamps=true&tailLines=100');
  });

  const queries: [string, Record<string, TestOption>, string][] = [
    ['all of one member', {}, 'container=kafka&timestamps=true'],
    ['the last lines', { tail: '5' }, 'container=kafka&timestamps=true&tailLines=5'],
    ['what is new', { since: '10m' }, 'container=kafka&timestamps=true&sinceSeconds=600'],
    ['another container', { container: 'sidecar' }, 'container=sidecar&timestamps=true'],
    ['the process before', { previous: true }, 'container=kafka&timestamps=true&previous=true'],
  ];
  for (const [name, options, query] of queries) {
    it(`asks for ${name}`, async () => {
      await using at = await world(['demo-kafka-0', 'demo-kafka-1'], pieces([stamped(1, 'only')], 'close'));
      assert.equal(await at.run(['demo', 'kafka-1'], options), exit.ok);
      assert.equal(at.test.written.out, 'only\n');
      assert.equal(at.server.received[0]?.path, '/api/v1/namespaces/shop/pods/demo-kafka-1/log');
      assert.equal(at.server.received[0]?.query.toString(), query);
    });
  }

  it('lets no log move the cursor', async () => {
    await using at = await world(['demo-0'], pieces([stamped(1, 'a\u001b[2Jb')], 'close'));
    await at.run(['demo', '0']);
    assert.equal(at.test.written.out, 'a [2Jb\n');
  });

  it('shows the others where a member has no log yet', async () => {
    const waiting = status(400, { reason: 'BadRequest', message: 'container kafka is waiting to start' });
    const script = byPod({ 'demo-0': pieces([stamped(1, 'here')], 'close'), 'demo-1': waiting });
    await using at = await world(['demo-0', 'demo-1'], ...script);
    assert.equal(await at.run(['demo']), exit.failure);
    assert.deepEqual(at.test.written, { out: 'demo-0 | here\n', err: 'demo-1: container kafka is waiting to start\n' });
  });

  it('does not take a refusal for a member without a log', async () => {
    const forbidden = status(403, { reason: 'Forbidden', message: 'pods/log is forbidden' });
    await using at = await world(['demo-0'], forbidden);
    await assert.rejects(at.run(['demo']), /forbidden/);
  });

  const refusals: [string, string[], string[], Record<string, TestOption>, number, string][] = [
    ['a service without pods', [], ['demo'], {}, exit.failure, 'demo has no pods: see kubectl stateward why demo\n'],
    ['a pod that there is not', ['demo-0'], ['demo', '7'], {}, exit.failure, 'demo has no pod 7; it has: demo-0\n'],
    [
      'a tail that is no number',
      ['demo-0'],
      ['demo'],
      { tail: 'x' },
      exit.usage,
      '--tail must be a number of lines, not x\n',
    ],
    [
      'a time that is no duration',
      ['demo-0'],
      ['demo'],
      { since: '0s' },
      exit.usage,
      '--since must be a duration such as 90s, 10m or 2h, not 0s\n',
    ],
    [
      'to follow what has ended',
      ['demo-0'],
      ['demo'],
      { follow: true, previous: true },
      exit.usage,
      'a process that has ended writes nothing more: leave --follow out\n',
    ],
  ];
  for (const [name, names, positionals, options, code, message] of refusals) {
    it(`refuses ${name}`, async () => {
      await using at = await world(names);
      assert.equal(await at.run(positionals, options), code);
      assert.deepEqual(at.test.written, { out: '', err: message });
      assert.equal(at.server.received.length, 0);
    });
  }
});

describe('logs --follow', () => {
  it('goes on over a restart and a lost connection, and shows no line twice', async () => {
    await using at = await world(
      ['demo-0'],
      pieces([stamped(1, 'one'), stamped(2, 'two')], 'close'),
      reset,
      status(404, { reason: 'NotFound', message: 'pods "demo-0" not found' }),
      pieces([stamped(2, 'two'), stamped(3, 'three')], 'close'),
    );
    at.server.next((request) => {
      request.socket.destroy();
      at.stop.abort(new Error('Ctrl-C'));
    });
    await assert.rejects(at.run(['demo'], { follow: true, tail: '2' }), /Ctrl-C/);
    assert.equal(at.test.written.out, 'demo-0 | one\ndemo-0 | two\ndemo-0 | three\n');
    assert.deepEqual(
      at.server.received.map(({ query }) => query.toString().replace('container=kafka&timestamps=true&', '')),
      [
        'tailLines=2&follow=true',
        'follow=true&sinceTime=2030-01-01T00%3A00%3A02.000000001Z',
        'follow=true&sinceTime=2030-01-01T00%3A00%3A02.000000001Z',
        'follow=true&sinceTime=2030-01-01T00%3A00%3A02.000000001Z',
        'follow=true&sinceTime=2030-01-01T00%3A00%3A03.000000001Z',
      ],
    );
    assert.equal(at.test.written.err.split('\n').length, 2, 'waiting is told once');
    assert.deepEqual(at.test.clock.slept, [2000, 2000, 2000, 2000]);
  });

  it('shows a line as soon as it is there', async () => {
    await using at = await world(['demo-0'], pieces([stamped(1, 'first')], 'open'));
    const { out } = at.test.context;
    at.test.context.out = { ...out, line: () => at.stop.abort(new Error('seen')) };
    await assert.rejects(at.run(['demo'], { follow: true }), /seen/);
  });

  it('ends where it may not read', async () => {
    await using at = await world(['demo-0'], status(403, { reason: 'Forbidden', message: 'pods/log is forbidden' }));
    await assert.rejects(at.run(['demo'], { follow: true }), /forbidden/);
  });
});
