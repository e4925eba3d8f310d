import assert from 'node:assert/strict';
import { systemClock } from './clock.ts';

describe('clock', () => {
  it("ends a sleep with the signal's own reason", async () => {
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(sleeping, reason);
    await assert.rejects(systemClock.sleep(60_000, controller.signal), reason);
  });
});
