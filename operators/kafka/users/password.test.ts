import assert from 'node:assert/strict';
import { credentialOf } from './password.ts';

const salt = (length: number): Buffer => Buffer.alloc(length, 7);

describe('a password', () => {
  it('is not what Kafka keeps', async () => {
    const { user, iterations, saltedPassword } = await credentialOf('ann', 'secret', salt);
    assert.deepEqual([user, iterations, saltedPassword.length], ['ann', 4096, 64]);
    assert.ok(!saltedPassword.includes('secret'));
    assert.notDeepEqual(saltedPassword, (await credentialOf('ann', 'Secret', salt)).saltedPassword);
  });
});
