import assert from 'node:assert/strict';
import { ApiError } from '../../kube/api.ts';
import { type Secret, secrets } from '../../kube/resource.ts';
import { serviceOf } from '../testing/services.ts';
import { testTurn } from '../testing/turn.ts';
import { writeSecret } from './secret.ts';

const { apiVersion, namespace } = serviceOf();
const object = { apiVersion, kind: 'KafkaUser', metadata: { namespace, name: 'ann', uid: 'u-ann' } };
const owner = { apiVersion, kind: 'KafkaUser', name: 'ann', uid: 'u-ann', controller: true };

function secretOf(password: string, ownerReferences = [owner]): Secret {
  const metadata = { namespace, name: 'ann-kafka-user', ownerReferences };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: { password } };
}

describe('the Secret of an entity', () => {
  it('is as it was stored by whoever of us was first', async () => {
    const { turn, put } = testTurn(object);
    await put(secrets, secretOf('first'), false);
    const written = await writeSecret(object, undefined, secretOf('second'), turn);
    assert.equal(written.ok && written.secret.data?.['password'], 'first');
  });

  it('is not written where its name is taken, which is said', async () => {
    const { turn, api, put } = testTurn(object);
    await put(secrets, secretOf('theirs', []), false);
    const message =
      'Secret ann-kafka-user exists and is not of this KafkaUser; rename one of the two, or remove the Secret';
    assert.deepEqual(await writeSecret(object, undefined, secretOf('ours'), turn), { ok: false, message });
    assert.equal((await api.read(secrets, { namespace, name: 'ann-kafka-user' }))?.data?.['password'], 'theirs');
  });

  const answers: [string, ApiError, boolean][] = [
    ['a quota', new ApiError(403, 'Forbidden', 'exceeded quota'), true],
    ['a webhook', new ApiError(400, 'BadRequest', 'denied the request'), true],
    ['its size', new ApiError(413, 'RequestEntityTooLarge', 'too large'), true],
    ['validation', new ApiError(422, 'Invalid', 'data: too long'), true],
    ['too many requests', new ApiError(429, 'TooManyRequests', 'slow down'), false],
    ['an error of the server', new ApiError(500, 'InternalError', 'etcd'), false],
    ['a server that is away', new ApiError(503, 'ServiceUnavailable', 'away'), false],
  ];
  for (const verb of ['create', 'update'])
    for (const [what, error, isTold] of answers)
      it(`that is stopped at its ${verb} by ${what} is ${isTold ? 'told to its object' : 'tried again'}`, async () => {
        const { turn, api, put } = testTurn(object);
        const present = verb === 'update' ? await put(secrets, secretOf('before')) : undefined;
        api.before = (call) => {
          if (call.verb === verb) throw error;
        };
        const writing = writeSecret(object, present, secretOf('after'), turn);
        const message = `the API server refuses Secret ann-kafka-user: ${error.message}`;
        if (isTold) assert.deepEqual(await writing, { ok: false, message });
        else await assert.rejects(writing, error);
      });

  it('that somebody has changed meanwhile is tried again', async () => {
    const { turn, put } = testTurn(object);
    const present = await put(secrets, secretOf('before'));
    await put(secrets, secretOf('theirs'), false);
    await assert.rejects(writeSecret(object, present, secretOf('after'), turn), { status: 409 });
  });
});
