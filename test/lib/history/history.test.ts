import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  acknowledged,
  duplicates,
  failures,
  gaps,
  type History,
  isKept,
  judge,
  type Keyed,
  lost,
  outOfOrder,
  report,
  verdictText,
  type Write,
} from './history.ts';

const start = Date.UTC(2030, 0, 1);

function acked(id: number, sentAt: number, ackedAt: number): Write {
  return { id, sentAt: start + sentAt, ackedAt: start + ackedAt, error: undefined };
}

function failed(id: number, sentAt: number, error: string): Write {
  return { id, sentAt: start + sentAt, ackedAt: undefined, error };
}

/** Writes in the order of their ids and hand-overs; some acknowledged, some given up, some without an end. */
const histories: fc.Arbitrary<History> = fc
  .array(
    fc.record({
      after: fc.integer({ min: 0, max: 5_000 }),
      took: fc.option(fc.integer({ min: 0, max: 60_000 })),
      error: fc.option(fc.oneof(fc.constantFrom('timed out', 'refused'), fc.string({ maxLength: 1_000 }))),
    }),
    { maxLength: 100 },
  )
  .map((writes) => {
    let sentAt = start;
    return writes.map(({ after, took, error }, id) => {
      sentAt += after;
      if (took !== null) return { id, sentAt, ackedAt: sentAt + took, error: undefined };
      return { id, sentAt, ackedAt: undefined, error: error ?? undefined };
    });
  });

const ids = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 100 });

describe('a history of writes', () => {
  it('splits the acknowledged into the found and the lost', () => {
    fc.assert(
      fc.property(histories, ids, (history, read) => {
        const missing = lost(acknowledged(history), read);
        const found = acknowledged(history).filter((id) => read.includes(id));
        assert.deepEqual([...missing, ...found].toSorted(byNumber), acknowledged(history).toSorted(byNumber));
        for (const id of missing) assert.ok(!read.includes(id));
      }),
    );
  });

  it('calls lost only what was acknowledged', () => {
    const history = [acked(0, 0, 5), failed(1, 10, 'refused'), acked(2, 20, 25)];
    assert.deepEqual(lost(acknowledged(history), []), [0, 2]);
    assert.deepEqual(lost(acknowledged(history), [0, 2]), []);
  });

  it('names each id that was read more than once, once', () => {
    fc.assert(
      fc.property(ids, (read) => {
        const twice = new Set(read.filter((id) => read.indexOf(id) !== read.lastIndexOf(id)));
        assert.deepEqual(duplicates(read).toSorted(byNumber), [...twice].toSorted(byNumber));
      }),
    );
  });

  it('finds nothing out of order where each key grows, and something where one does not', () => {
    const keyed = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), id: fc.nat(50) }), { maxLength: 100 });
    fc.assert(
      fc.property(keyed, (read) => {
        const grows = read.every(({ key, id }, at) =>
          read.slice(0, at).every((before) => before.key !== key || before.id <= id),
        );
        assert.equal(outOfOrder(read).length === 0, grows);
        assert.deepEqual(outOfOrder(read.toSorted((one, other) => one.id - other.id)), []);
      }),
    );
  });

  it('says behind which id another one was read', () => {
    const read: Keyed[] = [1, 2, 5, 3, 4, 6].map((id) => ({ key: 'p0', id }));
    assert.deepEqual(outOfOrder([{ key: 'p1', id: 9 }, ...read]), [
      { key: 'p0', id: 3, after: 5 },
      { key: 'p0', id: 4, after: 5 },
    ]);
  });

  it('measures from one acknowledgement to the next, whatever was sent meanwhile', () => {
    const history = [acked(0, 0, 10), acked(1, 20, 4_020), acked(2, 40, 4_030), acked(3, 5_000, 5_010)];
    assert.deepEqual(
      gaps(history, 500).map(({ from, to, ms }) => [from - start, to - start, ms]),
      [
        [10, 4_020, 4_010],
        [4_030, 5_010, 980],
      ],
    );
  });

  it('has a gap at the end of a history whose last writes failed, and at its start', () => {
    const history = [failed(0, 0, 'refused'), acked(1, 2_000, 2_010), failed(2, 9_010, 'refused')];
    assert.deepEqual(
      gaps(history, 1_000).map(({ ms }) => ms),
      [7_000, 2_010],
    );
  });

  it('covers the whole history with its gaps, none of them overlapping, the longest first', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const all = gaps(history, 0);
        const times = history.flatMap(({ ackedAt, sentAt }) => [sentAt, ackedAt ?? sentAt]);
        const first = history[0]?.sentAt ?? 0;
        const last = Math.max(...history.flatMap(({ ackedAt }) => ackedAt ?? []), history.at(-1)?.sentAt ?? 0);
        assert.equal(
          all.reduce((sum, { ms }) => sum + ms, 0),
          times.length === 0 ? 0 : last - first,
        );
        for (const { from, to } of all)
          for (const { ackedAt } of history) assert.ok(ackedAt === undefined || ackedAt <= from || ackedAt >= to);
        assert.deepEqual(
          all.map(({ ms }) => ms),
          all.map(({ ms }) => ms).toSorted((one, other) => other - one),
        );
      }),
    );
  });

  it('counts each write that failed under exactly one error', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const found = failures(history);
        const given = history.filter(({ error }) => error !== undefined);
        assert.equal(
          found.reduce((sum, { count }) => sum + count, 0),
          given.length,
        );
        assert.equal(new Set(found.map(({ error }) => error)).size, found.length);
        for (const { error, first } of found)
          assert.equal(
            first,
            given.find((write) => write.error === error),
          );
      }),
    );
  });

  it('reports in few and short lines, however much went wrong', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const lines = report(history).split('\n');
        assert.ok(lines.length <= 5, String(lines.length));
        for (const line of lines) assert.ok(line.length < 300, line);
      }),
    );
  });

  it('reports what a person asks first', () => {
    const errors = ['refused', 'timed\n out', 'refused', 'closed', 'odd', 'odder'];
    const history = [acked(0, 0, 10), acked(1, 20, 3_030), ...errors.map((error, at) => failed(2 + at, 3_000, error))];
    assert.deepEqual(report(history).split('\n'), [
      '8 writes, 2 acknowledged, 6 failed; longest gap 3.020 s from 2030-01-01T00:00:00.010Z to 2030-01-01T00:00:03.030Z',
      '  2 x "refused", first of write 2 at 2030-01-01T00:00:03.000Z',
      '  1 x "timed out", first of write 3 at 2030-01-01T00:00:03.000Z',
      '  1 x "closed", first of write 5 at 2030-01-01T00:00:03.000Z',
      '  and 2 other errors',
    ]);
    assert.equal(report([]), '0 writes, 0 acknowledged, 0 failed; nothing to measure');
  });
});

describe('a verdict', () => {
  const history = [acked(0, 0, 5), failed(1, 10, 'refused'), acked(2, 20, 25), acked(3, 30, 35)];
  const read = (...found: number[]): Keyed[] => found.map((id) => ({ key: 'p0', id }));

  const cases: [string, Keyed[], boolean, string][] = [
    ['keeps its word', read(0, 2, 3), true, '0 lost, 0 twice, 0 out of order, 0 there'],
    ['has what was given up', read(0, 1, 2, 3), true, '0 lost, 0 twice, 0 out of order, 1 there'],
    ['has what was given up, but late', read(0, 2, 1, 3), true, '0 lost, 0 twice, 0 out of order, 1 there'],
    ['lost one', read(0, 3), false, '1 lost (2), 0 twice'],
    ['has one twice', read(0, 2, 2, 3), false, '0 lost, 1 twice (2)'],
    ['has one in the wrong place', read(0, 3, 2), false, '1 out of order (2 behind 3 in p0)'],
  ];
  for (const [title, found, kept, words] of cases) {
    it(`on a service that ${title}`, () => {
      const verdict = judge(history, found);
      assert.equal(isKept(verdict), kept);
      assert.ok(verdictText(verdict).includes(words), verdictText(verdict));
    });
  }

  it('stays short where everything is lost', () => {
    const long = Array.from({ length: 10_000 }, (_, id) => acked(id, id, id + 1));
    const text = verdictText(judge(long, []));
    assert.match(text, /^of 10000 acknowledged: 10000 lost \(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …\), 0 twice/);
    assert.ok(text.length < 200);
  });
});

function byNumber(one: number, other: number): number {
  return one - other;
}
