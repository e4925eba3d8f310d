import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { testContext } from '../testing/context.ts';
import { definitions, installCrds } from './install-crds.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'crds');
const generated = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe('install-crds', () => {
  it('applies what crds/ holds, and waits until it is served', async () => {
    const test = testContext();
    test.api.before = async ({ verb, key }) => {
      const name = key.split('/').at(-1) ?? '';
      if (verb !== 'read' || test.clock.slept.length === 0) return;
      const { before } = test.api;
      test.api.before = () => {};
      await test.api.patch(
        definitions,
        { name },
        { status: { conditions: [{ type: 'Established', status: 'True' }] } },
      );
      test.api.before = before;
    };
    assert.equal(await test.run(installCrds), 0);
    assert.deepEqual(test.clock.slept, [1000]);
    const applied = test.api.calls.flatMap(({ verb, body }) => (verb === 'apply' ? [body] : []));
    const stored = generated.map((name): unknown => parse(readFileSync(join(folder, name), 'utf8')));
    const byName = (objects: unknown[]): string[] => objects.map((object) => JSON.stringify(object)).sort();
    assert.deepEqual(byName(applied), byName(stored));
    const names = test.written.out.trimEnd().split('\n');
    assert.deepEqual(
      names.sort(),
      generated
        .map((name) => `${name.slice('stateward.dev_'.length, -'.yaml'.length)}.stateward.dev is installed`)
        .sort(),
    );
  });

  it('fails where the API server does not serve them', async () => {
    const test = testContext();
    assert.equal(await test.run(installCrds), 1);
    assert.match(
      test.written.err,
      /^kafkaclusters\.stateward\.dev was applied, but the API server does not serve it: /,
    );
  });
});
