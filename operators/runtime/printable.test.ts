import assert from 'node:assert/strict';
import fc from 'fast-check';
import { printable } from './printable.ts';

describe('printable', () => {
  it('keeps plain JSON as it is', () => {
    const value = { a: [1, 'two', true, null], b: { c: 0 } };
    assert.deepEqual(printable(value), value);
  });

  it('redacts fields by name, at any depth', () => {
    const value = {
      password: 1,
      dbPassword: 1,
      clientSecret: 1,
      TOKEN: 1,
      'tls.key': 1,
      keyspace: 'ks',
      nested: [{ apiKey: {} }],
    };
    const hidden = '[redacted]';
    assert.deepEqual(printable(value), {
      ...{ password: hidden, dbPassword: hidden, clientSecret: hidden, TOKEN: hidden, 'tls.key': hidden },
      ...{ keyspace: 'ks', nested: [{ apiKey: hidden }] },
    });
  });

  const texts: [string, string][] = [
    ['username="admin" password="pa ss";', 'username="admin" password=[redacted];'],
    ['password="pa\\"ss" username="admin";', 'password=[redacted] username="admin";'],
    [
      `ALTER ROLE "a" WITH PASSWORD = 'it''s' AND LOGIN = true`,
      'ALTER ROLE "a" WITH PASSWORD = [redacted] AND LOGIN = true',
    ],
    ['of -----BEGIN EC PRIVATE KEY-----\nMHcCAQ==\n-----END EC PRIVATE KEY-----\n here', 'of [redacted]\n here'],
    ['-----BEGIN PRIVATE KEY-----\nMHcCAQ', '[redacted]'],
    ['GET /x?token=abc&limit=5', 'GET /x?token=[redacted]&limit=5'],
    ['https://user:pass@host/path', 'https://user:[redacted]@host/path'],
    ['authorization: Bearer abc.def', 'authorization: Bearer [redacted]'],
    ['Secret "ns/a" was not found', 'Secret "ns/a" was not found'],
    ['https://host:6443/api', 'https://host:6443/api'],
  ];
  for (const [text, expected] of texts) {
    it(`turns ${text} into ${expected}`, () => {
      assert.equal(printable(text), expected);
    });
  }

  it('bounds what is circular, and names what is not data', () => {
    const circle: Record<string, unknown> = { big: 10n, run: () => 1, map: new Map(), bytes: Buffer.from('x') };
    circle['self'] = circle;
    const text = JSON.stringify(printable(circle));
    assert.match(text, /^\{"big":"10","run":"\[function\]","map":"\[Map\]","bytes":"\[Buffer\]","self":\{/);
    assert.match(text, /\[deeper\]/);
  });

  it('shows the errors within an AggregateError', () => {
    const shown = printable(new AggregateError([new Error('one'), new Error('two')], 'both'));
    assert.partialDeepStrictEqual(shown, { message: 'both', causes: [{ message: 'one' }, { message: 'two' }] });
  });

  it('never throws, and always gives what JSON can say', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        JSON.stringify({ value: printable(value) });
      }),
    );
  });
});
