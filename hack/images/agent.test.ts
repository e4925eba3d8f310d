import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testAgent } from './contents.ts';

describe('the member agent', () => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-'));
  after(() => rmSync(folder, { recursive: true }));

  it('passes its own checks', async () => {
    const workshop = { signal: AbortSignal.timeout(60_000), say: () => {}, cache: folder };
    assert.match(await testAgent(workshop, join(folder, 'classes')), /^\d+ checks, 0 failed\n$/);
  }).timeout(60_000);
});
