import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LogLine } from './line.ts';
import { type Log, mergeByTime } from './merge.ts';

function lineAt(time: number, text = ''): LogLine {
  return { time: BigInt(time), stamp: '', text };
}

async function* generated(lines: readonly LogLine[], ended: () => void = () => {}): AsyncGenerator<LogLine> {
  try {
    yield* lines;
  } finally {
    ended();
  }
}

async function merged(...logs: LogLine[][]): Promise<[string, LogLine][]> {
  const named = logs.map((lines, index): Log => ({ member: String(index), lines: generated(lines) }));
  const all: [string, LogLine][] = [];
  for await (const { member, line } of mergeByTime(named)) all.push([member, line]);
  return all;
}

describe('mergeByTime', () => {
  it('takes the earliest line of all logs', async () => {
    const all = await merged([lineAt(1), lineAt(4)], [lineAt(2), lineAt(3)], []);
    assert.deepEqual(
      all.map(([member, { time }]) => `${member}:${time}`),
      ['0:1', '1:2', '1:3', '0:4'],
    );
  });

  it('keeps a line without a time behind the one before it', async () => {
    const all = await merged([lineAt(5, 'a'), lineAt(0, 'b')], [lineAt(1, 'c'), lineAt(6, 'd')]);
    assert.equal(all.map(([, { text }]) => text).join(''), 'cabd');
  });

  it('loses nothing, keeps the order of each log, and is sorted where the logs are', async () => {
    const log = fc.array(fc.integer({ min: 1, max: 50 })).map((times) => times.toSorted((one, other) => one - other));
    await fc.assert(
      fc.asyncProperty(fc.array(log, { maxLength: 5 }), async (logs) => {
        const all = await merged(...logs.map((times) => times.map((time, at) => lineAt(time, String(at)))));
        logs.forEach((times, index) => {
          const own = all.filter(([member]) => member === String(index));
          assert.deepEqual(
            own.map(([, { text }]) => text),
            times.map((_, at) => String(at)),
          );
        });
        const times = all.map(([, { time }]) => Number(time));
        assert.deepEqual(
          times,
          times.toSorted((one, other) => one - other),
        );
      }),
    );
  });

  it('closes every log when nobody reads on', async () => {
    let closed = 0;
    const count = () => {
      closed += 1;
    };
    const logs = [1, 2].map((at): Log => ({ member: String(at), lines: generated([lineAt(at), lineAt(9)], count) }));
    for await (const _ of mergeByTime(logs)) break;
    assert.equal(closed, 2);
  });
});
