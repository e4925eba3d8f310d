import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { FakeClock, settle } from '../../../operators/kube/testing/fake-clock.ts';
import { acknowledged } from './history.ts';
import { type Paced, type Pacing, startPaced } from './pace.ts';

interface Call {
  ids: readonly number[];
  lane: number;
  signal: AbortSignal;
  answer(error?: string): void;
  reject(error: Error): void;
}

/** A client whose answers the test gives by hand. */
function scene(options: Partial<Pacing> = {}): { clock: FakeClock; calls: Call[]; paced: Paced; end: AbortController } {
  const clock = new FakeClock(0);
  const calls: Call[] = [];
  const end = new AbortController();
  const send: Pacing['send'] = (ids, lane, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
    calls.push({ ids, lane, signal, answer: (error) => resolve(error), reject });
    return promise;
  };
  const pacing = { perSecond: 10, lanes: 1, batch: 100, drainMs: 5_000, clock, send, ...options };
  return { clock, calls, paced: startPaced(pacing, end.signal), end };
}

const atOnce: Pacing['send'] = async () => undefined;

describe('a steady pace', () => {
  it('hands over so many per second, each at its time', async () => {
    const { clock, paced } = scene({ perSecond: 10, lanes: 3, send: atOnce });
    await clock.advance(2_000);
    const history = await paced.stop();
    assert.deepEqual(
      history.map(({ id, sentAt, ackedAt }) => [id, sentAt, ackedAt]),
      Array.from({ length: 21 }, (_, id) => [id, id * 100, id * 100]),
    );
  });

  it('gives every lane a number in one turn where it is told to, as many in all', async () => {
    const { clock, paced } = scene({ perSecond: 10, lanes: 5, together: 5, send: atOnce });
    await clock.advance(2_000);
    const history = await paced.stop();
    assert.deepEqual(
      history.map(({ id, sentAt }) => [id, sentAt]),
      Array.from({ length: 25 }, (_, id) => [id, Math.floor(id / 5) * 500]),
    );
  });

  it('goes on while an answer is missing, and sends what has waited together, in order', async () => {
    const { clock, calls, paced } = scene();
    await clock.advance(1_000);
    assert.deepEqual(
      calls.map(({ ids }) => ids),
      [[0]],
    );
    assert.equal(paced.history().length, 11);
    calls[0]?.answer();
    await settle();
    assert.deepEqual(calls[1]?.ids, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    calls[1]?.answer();
    await settle();
    const history = await paced.stop();
    assert.equal(acknowledged(history).length, 11);
    assert.deepEqual([history[1]?.sentAt, history[1]?.ackedAt], [100, 1_000], 'late from its hand-over on');
  });

  it('sends no more than a batch at once', async () => {
    const { clock, calls } = scene({ batch: 4 });
    await clock.advance(1_000);
    for (let call = 0; call < 4; call += 1) {
      calls[call]?.answer();
      await settle();
    }
    assert.deepEqual(
      calls.map(({ ids }) => ids.length),
      [1, 4, 4, 2],
    );
  });

  it('keeps the lanes apart: one that hangs holds up nobody else', async () => {
    const { clock, calls, paced } = scene({ lanes: 2 });
    await clock.advance(0);
    await clock.advance(1_000);
    for (let turn = 0; turn < 10; turn += 1) {
      for (const call of calls) if (call.lane === 1) call.answer();
      await settle();
    }
    assert.deepEqual(acknowledged(paced.history()), [1, 3, 5, 7, 9]);
    assert.deepEqual(
      calls.filter(({ lane }) => lane === 0).map(({ ids }) => ids),
      [[0]],
    );
  });

  it('writes down why the client gave up, answered or thrown, and goes on', async () => {
    const { clock, calls, paced } = scene();
    await clock.advance(0);
    calls[0]?.answer('refused');
    await clock.advance(100);
    calls[1]?.reject(new TypeError('broken: Error: closed\n    at Socket (socket.js:1:1)\n    at x'));
    await clock.advance(100);
    calls[2]?.answer();
    await settle();
    assert.deepEqual(
      (await paced.stop()).map(({ ackedAt, error }) => [ackedAt, error]),
      [
        [undefined, 'refused'],
        [undefined, 'TypeError: broken: Error: closed'],
        [200, undefined],
      ],
    );
  });

  it('waits at its stop for the answers that are still to come, and hands over nothing more', async () => {
    const { clock, calls, paced } = scene();
    await clock.advance(200);
    const stopped = paced.stop();
    await clock.advance(1_000);
    calls[0]?.answer();
    await clock.advance(1_000);
    assert.equal(calls[1]?.signal.aborted, false);
    calls[1]?.answer();
    const history = await stopped;
    assert.deepEqual([history.length, acknowledged(history)], [3, [0, 1, 2]]);
    assert.equal(calls[1]?.signal.aborted, true, 'the client may let go');
    assert.equal(paced.stop(), paced.stop());
  });

  it('waits no longer than told, and counts no answer after that', async () => {
    const { clock, calls, paced } = scene();
    await clock.advance(200);
    const stopped = paced.stop();
    await clock.advance(5_000);
    const history = await stopped;
    calls[0]?.answer();
    await settle();
    const expected = Array(3).fill([undefined, 'stopped before the answer']);
    assert.deepEqual(
      history.map(({ ackedAt, error }) => [ackedAt, error]),
      expected,
    );
    assert.deepEqual(acknowledged(paced.history()), []);
  });

  it('ends with the signal, without a stop, and leaves no listener on it', async () => {
    const { clock, calls, paced, end } = scene();
    await clock.advance(200);
    end.abort(new Error('over'));
    await clock.advance(1_000);
    assert.equal(calls[0]?.signal.aborted, true);
    assert.equal(calls.length, 1);
    assert.equal((await paced.stop()).length, 3);
    assert.equal(getEventListeners(end.signal, 'abort').length, 0);
  });

  it('hands over what was due while the process could not run', async () => {
    const { clock, paced } = scene({ send: atOnce });
    await clock.advance(100);
    clock.jump(1_000);
    await clock.advance(1_000);
    assert.equal((await paced.stop()).length, 22);
  });
});
