import assert from 'node:assert/strict';
import { parseSelector } from './selector.ts';

describe('selector', () => {
  const labels = { app: 'kafka', 'stateward.dev/pool': 'a', empty: '' };

  it('decides as the server does', () => {
    const cases: Record<string, boolean> = {
      '': true,
      'app=kafka': true,
      'app==kafka, stateward.dev/pool=a': true,
      'app=kafka,stateward.dev/pool=b': false,
      'app!=kafka': false,
      'other!=x': true,
      app: true,
      '!app': false,
      '!other': true,
      'empty=': true,
      'other=': false,
    };
    for (const [selector, expected] of Object.entries(cases)) {
      assert.equal(parseSelector(selector)(labels), expected, selector);
    }
  });

  it('refuses what it cannot decide', () => {
    assert.throws(() => parseSelector('app in (a,b)'), /Unsupported/);
  });
});
