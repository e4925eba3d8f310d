import assert from 'node:assert/strict';
import { Agent } from 'undici';
import { ApiError, ConnectionError } from '../../kube/api.ts';
import type { Session } from '../../kube/session.ts';
import { scriptServer, silence } from '../../kube/testing/script-server.ts';
import { podOf } from '../../workload/testing/objects.ts';
import { testContext } from '../testing/context.ts';
import { isNotYet, isPassing, isSilence, openLog, sourceOf } from './source.ts';

const source = { namespace: 'shop', pod: 'demo-0', container: 'kafka' };

describe('openLog', () => {
  it('knows a container that is silent from a server that is away', async () => {
    await using server = await scriptServer(silence);
    const dispatcher = new Agent({ headersTimeout: 20 });
    const address = server.load().getCurrentCluster()?.server ?? '';
    const session: Session = {
      ...testContext().context.session,
      server: address,
      access: async () => ({ dispatcher, headers: {} }),
    };
    const { context } = testContext({ session });
    await assert.rejects(
      openLog(context, source, { follow: true }).next(),
      (error) => isSilence(error) && isPassing(error),
    );
    await dispatcher.destroy();
  });
});

describe('what keeps a log from being shown', () => {
  const lost = new ConnectionError('GET /log: ECONNRESET', { unsent: false, cause: { code: 'ECONNRESET' } });
  const refused = (code: number) => new ApiError(code, 'Reason', 'message');
  const table: [string, unknown, [notYet: boolean, passing: boolean]][] = [
    ['a container that has not begun', refused(400), [true, true]],
    ['a pod that is not there', refused(404), [true, true]],
    ['a node that does not answer', refused(500), [false, true]],
    ['a server with too much to do', refused(429), [false, true]],
    ['a lost connection', lost, [false, true]],
    ['a missing right', refused(403), [false, false]],
    ['a mistake of ours', new TypeError('x is undefined'), [false, false]],
  ];
  for (const [name, error, expected] of table) {
    it(`is ${expected[1] ? 'waited for' : 'told at once'}: ${name}`, () => {
      assert.deepEqual([isNotYet(error), isPassing(error)], expected);
      assert.equal(isSilence(error), false);
    });
  }
});

describe('sourceOf', () => {
  const containers = [{ name: 'kafka' }, { name: 'sidecar' }];
  const plain = { ...podOf('demo-0'), spec: { containers } };
  const marked = podOf('demo-0', { annotations: { 'kubectl.kubernetes.io/default-container': 'sidecar' } });
  const table: [string, Parameters<typeof sourceOf>, string][] = [
    ['the first container', [plain, undefined], 'kafka'],
    ['the one that is marked as the default', [{ ...marked, spec: { containers } }, undefined], 'sidecar'],
    ['the one that is asked for', [plain, 'prepare'], 'prepare'],
  ];
  for (const [name, args, container] of table) {
    it(`takes ${name}`, () => assert.deepEqual(sourceOf(...args), { namespace: 'ns', pod: 'demo-0', container }));
  }
});
