import assert from 'node:assert/strict';
import { ConnectionError } from '../kube/api.ts';
import { createClient } from '../kube/client.ts';
import { openSession } from '../kube/session.ts';
import { EagerClock } from '../kube/testing/fake-clock.ts';
import { type Answer, json, scriptServer, status } from '../kube/testing/script-server.ts';
import { commandTable } from './commands/index.ts';
import { type Connection, run, type Shell, type Target } from './run.ts';
import { recordedStreams, type Written } from './testing/context.ts';
import { serviceOf } from './testing/services.ts';

const commands = commandTable({ version: '1.2.3' });

interface Ran extends Written {
  code: number;
  targets: Target[];
}

async function ran(line: string, parts: Partial<Shell> = {}): Promise<Ran> {
  const { streams, written } = recordedStreams();
  const targets: Target[] = [];
  const connect = parts.connect ?? (async () => assert.fail('this run needs no connection'));
  const code = await run(line.split(' ').filter(Boolean), commands, {
    streams,
    signal: new AbortController().signal,
    clock: new EagerClock(),
    random: () => 0,
    ...parts,
    connect: (target) => {
      targets.push(target);
      return connect(target);
    },
  });
  return { ...written, code, targets };
}

/** Over HTTP, as against a cluster. */
async function served(line: string, ...answers: Answer[]): Promise<Ran & { paths: string[] }> {
  await using server = await scriptServer(...answers);
  const clock = new EagerClock();
  const connect = async (): Promise<Connection> => {
    const session = await openSession({ load: server.load, userAgent: 'test', clock });
    const api = createClient({ session, clock, random: () => 0 });
    return { api, session, namespace: 'shop', close: () => session.close() };
  };
  const result = await ran(line, { connect });
  return { ...result, paths: server.received.map(({ path }) => path) };
}

function listed(...items: object[]): Answer {
  return json({ kind: 'List', metadata: { resourceVersion: '7' }, items });
}

const absent = status(404, { reason: 'NotFound' });

describe('a run', () => {
  it('ends with 0 and the answer', async () => {
    const { code, out, err, paths } = await served('list', listed(serviceOf('orders')), listed());
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^NAME +KIND +READY .*\norders +KafkaCluster +True /);
    assert.deepEqual(paths.sort(), [
      '/apis/stateward.dev/v1alpha1/namespaces/shop/cassandraclusters',
      '/apis/stateward.dev/v1alpha1/namespaces/shop/kafkaclusters',
    ]);
  });

  it('asks in the namespace that -n names, and of all with -A', async () => {
    const named = await served('list -n other', listed(), listed());
    assert.ok(named.paths.every((path) => path.includes('/namespaces/other/')));
    const all = await served('-A', listed(), listed());
    assert.ok(all.paths.every((path) => !path.includes('/namespaces/')));
    assert.equal(all.out, 'there are no services\n');
  });

  it('connects to the context that is named', async () => {
    const connect = async (): Promise<Connection> => assert.fail('no further');
    const { targets } = await ran('list --context prod --kubeconfig /x', { connect });
    assert.deepEqual(targets, [{ context: 'prod', kubeconfig: '/x' }]);
  });

  it('ends with 2 and says how, where the words make no sense', async () => {
    const { code, out, err } = await ran('plan pause');
    assert.deepEqual([code, out], [2, '']);
    assert.equal(err, 'plan pause needs SERVICE; see: kubectl stateward plan pause --help\n');
  });

  const failures: [string, Answer[], string | RegExp][] = [
    [
      'a refusal by the roles, with the verb and the resource',
      [
        status(403, {
          reason: 'Forbidden',
          message:
            'kafkaclusters.stateward.dev "orders" is forbidden: User "jane" cannot get resource "kafkaclusters" in API group "stateward.dev" in the namespace "shop"',
        }),
        absent,
      ],
      'jane may not get kafkaclusters.stateward.dev in namespace shop: a role must allow the verb get on kafkaclusters of the API group "stateward.dev"\n',
    ],
    ['unknown credentials', [status(401), status(401), status(401), status(401)], /^the API server does not know you/],
    [
      'a cluster without the kinds',
      [notThere, notThere],
      /does not know the kinds of Stateward; `kubectl stateward install-crds`/,
    ],
    [
      'another refusal',
      [status(422, { reason: 'Invalid', message: 'too long' }), absent],
      'the API server refuses: too long\n',
    ],
  ];
  for (const [name, answers, expected] of failures) {
    it(`ends with 1 and tells of ${name}`, async () => {
      const { code, out, err } = await served('describe orders', ...answers);
      assert.deepEqual([code, out], [1, '']);
      if (typeof expected === 'string') assert.equal(err, expected);
      else assert.match(err, expected);
    });
  }

  it('ends with 1 and says so where no connection is made', async () => {
    const connect = async (): Promise<Connection> => {
      throw new ConnectionError('GET /x: ECONNREFUSED', { unsent: true });
    };
    const { code, err } = await ran('list', { connect });
    assert.deepEqual([code, err], [1, 'no answer from the API server: GET /x: ECONNREFUSED\n']);
  });

  it('ends with 130 and no word where it is interrupted', async () => {
    const controller = new AbortController();
    const connect = async (): Promise<Connection> => {
      controller.abort(new Error('Ctrl-C'));
      return controller.signal.throwIfAborted() as never;
    };
    const { code, out, err } = await ran('list', { connect, signal: controller.signal });
    assert.deepEqual([code, out, err], [130, '', '']);
  });
});

/** As the API server answers for a path that it does not know. */
function notThere(_: Parameters<Answer>[0], response: Parameters<Answer>[1]): void {
  response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
}

describe('help', () => {
  it('lists every verb with what it takes', async () => {
    const { code, out } = await ran('help');
    assert.equal(code, 0);
    for (const { name, usage } of commands) assert.ok(out.includes(`  ${`${name} ${usage}`.trim()} `), name);
    assert.equal((await ran('--help')).out, out);
  });

  it('says what a verb takes, by any way to ask', async () => {
    const { out } = await ran('help wait');
    assert.match(out, /^Wait until .*\.\n\nUsage: kubectl stateward wait SERVICE \[options\]\n/);
    assert.match(out, /\n {2}--for Ready\|Complete +Ready \(the default\)/);
    assert.equal((await ran('wait --help')).out, out);
    assert.equal((await ran('wait too many words -h')).out, out);
  });

  it('ends with 2 for a verb that there is not', async () => {
    const { code, err } = await ran('help restart');
    assert.deepEqual([code, err], [2, 'there is no verb restart; see: kubectl stateward help\n']);
  });
});

describe('version', () => {
  it('says what it is and what it knows', async () => {
    assert.match((await ran('version')).out, /^kubectl-stateward 1\.2\.3, for stateward\.dev\/v1alpha1\nKafka 4\./);
    assert.equal(JSON.parse((await ran('version -o json')).out).version, '1.2.3');
  });
});

describe('completion', () => {
  for (const shell of ['bash', 'zsh', 'fish', 'kubectl']) {
    it(`writes a script for ${shell} that asks this program`, async () => {
      const { code, out } = await ran(`completion ${shell}`);
      assert.equal(code, 0);
      assert.match(out, /kubectl-stateward __complete -- /);
    });
  }

  it('ends with 2 for another shell', async () => {
    const { code, err } = await ran('completion tcsh');
    assert.deepEqual([code, err], [2, 'there is no script for tcsh; there are: bash, zsh, fish, kubectl\n']);
  });

  it('answers a shell with names from the cluster that the line speaks of', async () => {
    const { code, out, targets } = await served(
      '__complete -- plan pause -n other --context prod o',
      listed(serviceOf('orders'), serviceOf('events')),
      listed(),
    );
    assert.deepEqual([code, out], [0, 'orders\n:4\n']);
    assert.deepEqual(targets, [{ context: 'prod' }]);
  });

  it('answers nothing where the cluster does not', async () => {
    const connect = async (): Promise<Connection> => {
      throw new Error('no kubeconfig');
    };
    const { streams, written } = recordedStreams();
    const shell = { streams, connect, signal: new AbortController().signal, clock: new EagerClock(), random: () => 0 };
    assert.equal(await run(['__complete', '--', 'describe', ''], commands, shell), 0);
    assert.deepEqual(written, { out: ':4\n', err: '' });
  });
});
