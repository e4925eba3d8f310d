import assert from 'node:assert/strict';
import { ApiError } from './api.ts';
import { createRecorder, type EventFields, type Recorder } from './events.ts';
import { isRecord } from './json.ts';
import { silentLog } from './log.ts';
import type { KubeObject } from './resource.ts';
import { FakeClock } from './testing/fake-clock.ts';
import { MemoryApi } from './testing/memory-api.ts';

const MINUTE = 60_000;
const service: KubeObject = { apiVersion: 'x/v1', kind: 'X', metadata: { namespace: 'n', name: 'x', uid: 'u' } };
const fields: EventFields = { type: 'Normal', reason: 'StepDone', action: 'Restart', note: 'member x-0' };

async function withRecorder(
  test: (world: {
    api: MemoryApi;
    clock: FakeClock;
    recorder: Recorder;
    bodies: () => Record<string, unknown>[];
  }) => Promise<void>,
): Promise<void> {
  const api = new MemoryApi();
  const clock = new FakeClock();
  let number = 0;
  const random = () => {
    number += 1;
    return number / 2 ** 20;
  };
  const recorder = createRecorder({
    api,
    clock,
    log: silentLog,
    random,
    controller: 'stateward.dev/x',
    instance: 'pod-1',
  });
  const controller = new AbortController();
  const running = recorder.run(controller.signal);
  const bodies = () => api.calls.map(({ verb, body }) => ({ verb, ...(isRecord(body) ? body : {}) }));
  await test({ api, clock, recorder, bodies });
  controller.abort(new Error('done'));
  await running;
}

describe('events', () => {
  it('says what, about whom, and when', async () => {
    await withRecorder(async ({ clock, recorder, bodies }) => {
      recorder.emit(service, fields);
      await clock.advance(1000);
      const [event] = bodies();
      assert.equal(event?.['verb'], 'create');
      assert.equal(event['eventTime'], '2030-01-01T00:00:00.000000Z');
      assert.equal(event['note'], 'member x-0');
      assert.deepEqual(event['regarding'], {
        apiVersion: 'x/v1',
        kind: 'X',
        name: 'x',
        namespace: 'n',
        uid: 'u',
        resourceVersion: undefined,
      });
      assert.equal(event['series'], undefined);
    });
  });

  it('counts repeats in one series, brought up to date now and then', async () => {
    await withRecorder(async ({ clock, recorder, bodies }) => {
      for (let i = 0; i < 60; i += 1) {
        recorder.emit(service, fields);
        await clock.advance(1000);
      }
      const sent = bodies();
      assert.deepEqual(
        sent.map(({ verb }) => verb),
        ['create', 'patch'],
      );
      assert.deepEqual(sent[1]?.['series'], { count: 31, lastObservedTime: '2030-01-01T00:00:30.000000Z' });
    });
  });

  it('keeps apart what differs, and starts anew after a while', async () => {
    await withRecorder(async ({ clock, recorder, bodies }) => {
      recorder.emit(service, fields);
      recorder.emit(service, { ...fields, note: 'member x-1' });
      recorder.emit(service, { ...fields, note: 'at 10 %', noteKey: 'progress' });
      recorder.emit(service, { ...fields, note: 'at 20 %', noteKey: 'progress' });
      await clock.advance(10 * MINUTE);
      recorder.emit(service, fields);
      await clock.advance(1000);
      assert.deepEqual(
        bodies().map(({ verb }) => verb),
        ['create', 'create', 'create', 'create'],
      );
    });
  });

  it('limits what one object may say', async () => {
    await withRecorder(async ({ clock, recorder, bodies }) => {
      for (let i = 0; i < 100; i += 1) recorder.emit(service, { ...fields, note: `${i}` });
      const other = { ...service, metadata: { ...service.metadata, uid: 'other' } };
      recorder.emit(other, fields);
      await clock.advance(1000);
      assert.equal(bodies().length, 26);
      await clock.advance(5 * MINUTE);
      recorder.emit(service, { ...fields, note: 'later' });
      recorder.emit(service, { ...fields, note: 'later still' });
      await clock.advance(1000);
      assert.equal(bodies().length, 27);
    });
  });

  it('tries again what could not be sent, and not what was refused', async () => {
    await withRecorder(async ({ api, clock, recorder, bodies }) => {
      api.before = () => {
        throw new ApiError(503, 'ServiceUnavailable', 'down');
      };
      recorder.emit(service, fields);
      await clock.advance(MINUTE);
      assert.equal(bodies().length, 2);
      api.before = () => {
        throw new ApiError(403, 'Forbidden', 'namespace is being terminated');
      };
      await clock.advance(5 * MINUTE);
      assert.equal(bodies().length, 3);
    });
  });

  it('creates an event again that the server forgot', async () => {
    await withRecorder(async ({ api, clock, recorder, bodies }) => {
      recorder.emit(service, fields);
      await clock.advance(1000);
      api.before = ({ verb }) => {
        if (verb === 'patch') throw new ApiError(404, 'NotFound', 'gone');
      };
      recorder.emit(service, fields);
      await clock.advance(MINUTE);
      assert.deepEqual(
        bodies().map(({ verb }) => verb),
        ['create', 'patch', 'create'],
      );
    });
  });

  it('cuts a long note to what the server takes', async () => {
    await withRecorder(async ({ clock, recorder, bodies }) => {
      recorder.emit(service, { ...fields, note: 'ü'.repeat(2000) });
      await clock.advance(1000);
      const note = String(bodies()[0]?.['note']);
      assert.ok(Buffer.byteLength(note) <= 1024 && note.endsWith('ü…'));
    });
  });
});
