import assert from 'node:assert/strict';
import type { Secret } from '../../kube/resource.ts';
import { newPassword, passwordIn } from './password.ts';

function secretOf(text: string): Secret {
  const data = { password: Buffer.from(text).toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'given' }, data };
}

describe('a password', () => {
  const bad: [string, string, RegExp][] = [
    ['is missing', '', /has no key password, or it is empty/],
    ['ends with a newline', 'secret\n', /ends with a newline/],
    ['ends with a newline of Windows', 'secret\r\n', /ends with a newline/],
    ['has a newline within', 'se\ncret', /printable ASCII/],
    ['has a zero', 'se\0cret', /printable ASCII/],
    ['is not ASCII', 'sécret', /printable ASCII/],
    ['is longer than a Secret could hold several times', 'x'.repeat(1025), /1025 characters: a password may have 1024/],
  ];
  for (const [what, text, words] of bad)
    it(`is refused that ${what}`, () => {
      const reading = passwordIn(secretOf(text), 'password');
      assert.match(reading.ok ? '' : reading.problem, words);
      assert.ok(text.trim() === '' || !JSON.stringify(reading).includes(text.trim()));
    });

  for (const key of ['constructor', '__proto__', 'toString'])
    it(`is not what every object has: ${key}`, () =>
      assert.deepEqual(passwordIn(secretOf('secret'), key), {
        ok: false,
        problem: `has no key ${key}, or it is empty`,
      }));

  it('may have quotes, backslashes and spaces', () =>
    assert.deepEqual(passwordIn(secretOf(' a"b\\c$ '), 'password'), { ok: true, password: ' a"b\\c$ ' }));

  it('that is made up is one that can be given', () => {
    const made = newPassword((length) => Buffer.alloc(length, 7));
    assert.equal(made.length, 32);
    assert.deepEqual(passwordIn(secretOf(made), 'password'), { ok: true, password: made });
  });
});
