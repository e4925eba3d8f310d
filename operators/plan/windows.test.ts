import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { UpdateWindow } from '../../crds/common.ts';
import { windowProblems, windowState } from './windows.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

function windowOf(schedule: string, duration = '2h', timeZone = 'UTC'): UpdateWindow {
  return { schedule, duration, timeZone };
}

/** `open`, or when the first window opens. */
function stateAt(windows: UpdateWindow[], now: string): string {
  const state = windowState(windows, new Date(now));
  return state.open ? 'open' : (state.opensAt?.toISOString().replace(':00.000Z', 'Z') ?? 'never');
}

describe('windowState', () => {
  const nightly = [windowOf('0 22 * * *', '4h')];
  const berlin = [windowOf('30 2 * * *', '1h', 'Europe/Berlin')];
  const overlapping = [windowOf('0 1 * * *', '2h'), windowOf('0 2 * * *', '2h'), windowOf('0 12 * * SAT', '1h')];
  const table: [string, UpdateWindow[], string, string][] = [
    ['is open without windows', [], '2026-01-01T00:00:00Z', 'open'],
    ['opens to the second', nightly, '2026-01-01T22:00:00Z', 'open'],
    ['is closed the moment before', nightly, '2026-01-01T21:59:59.999Z', '2026-01-01T22:00Z'],
    ['stays open past midnight', nightly, '2026-01-02T01:59:59.999Z', 'open'],
    ['closes to the second', nightly, '2026-01-02T02:00:00Z', '2026-01-02T22:00Z'],
    ['stays open where one window ends in another', overlapping, '2026-01-01T03:30:00Z', 'open'],
    ['opens with the earliest window', overlapping, '2026-01-03T04:00:00Z', '2026-01-03T12:00Z'],
    ['goes by the clocks of the time zone', berlin, '2026-01-01T01:15:00Z', '2026-01-01T01:30Z'],
    ['goes by the clocks of summer', berlin, '2026-07-01T00:15:00Z', '2026-07-01T00:30Z'],
    ['opens when clocks go past its time', berlin, '2026-03-29T00:59:59Z', '2026-03-29T01:00Z'],
    [
      'opens then with several times too',
      [windowOf('30 2,14 * * *', '1h', 'Europe/Berlin')],
      '2026-03-29T01:30Z',
      'open',
    ],
    ['stays open for its hour then', berlin, '2026-03-29T01:59:59Z', 'open'],
    ['is closed after that hour', berlin, '2026-03-29T02:00:00Z', '2026-03-30T00:30Z'],
    ['opens at the first of two such times', berlin, '2026-10-25T00:30:00Z', 'open'],
    ['does not open at the second', berlin, '2026-10-25T01:30:00Z', '2026-10-26T01:30Z'],
    [
      'lasts longer than its schedule takes to come again',
      [windowOf('0 * * * *', '3h')],
      '2026-01-01T07:59:59Z',
      'open',
    ],
    ['takes either day where both are named', [windowOf('0 2 1 * MON')], '2026-01-04T00:00:00Z', '2026-01-05T02:00Z'],
    ['is never open on a day that no month has', [windowOf('0 2 30 2 *')], '2026-01-01T00:00:00Z', 'never'],
    [
      'is never open in an unknown time zone',
      [windowOf('* * * * *', '2h', 'Mars/Base')],
      '2026-01-01T00:00:00Z',
      'never',
    ],
    ['is never open for no time at all', [windowOf('* * * * *', '0s')], '2026-01-01T00:00:00Z', 'never'],
  ];
  for (const [name, windows, now, expected] of table) {
    it(name, () => assert.equal(stateAt(windows, now), expected));
  }

  it('is open where none are given', () => {
    assert.deepEqual(windowState(undefined, new Date(0)), { open: true });
  });
});

/** Zones with clock changes of an hour, of half an hour, at midnight, in the south, and with none. */
const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Kolkata', 'UTC'];
const from = Date.UTC(2026, 0, 1);
const to = Date.UTC(2027, 0, 1);

/** What the clock on the wall shows, as if it were UTC. */
function wallClock(timeZone: string): (ms: number) => number {
  const numeric = 'numeric';
  const parts = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric } as const;
  const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...parts });
  const offsetAt = (ms: number) => {
    const read = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(read['year'] ?? 0, (read['month'] ?? 0) - 1, read['day'], read['hour'], read['minute']) - ms;
  };
  // Clocks change on the half hour; asking for each minute is slow.
  const offsets = new Map<number, number>();
  return (ms) => {
    const half = Math.floor(ms / (30 * minute)) * 30 * minute;
    const offset = offsets.get(half) ?? offsetAt(half);
    offsets.set(half, offset);
    return ms + offset;
  };
}

/** The openings around `at`, found by looking at the clock minute by minute. */
function openingsAround(at: number, hours: number, minutes: number, timeZone: string): number[] {
  const wall = wallClock(timeZone);
  const start = Math.floor((at - 40 * hour) / minute) * minute;
  const seen = new Set<number>();
  const openings: number[] = [];
  let before = wall(start - minute);
  for (let ms = start; ms < at + 40 * hour; ms += minute) {
    const now = wall(ms);
    for (let face = Math.min(now, before + minute); face <= now; face += minute) {
      const date = new Date(face);
      if (date.getUTCHours() !== hours || date.getUTCMinutes() !== minutes || seen.has(face)) continue;
      seen.add(face);
      openings.push(ms);
    }
    before = now;
  }
  return openings;
}

/** A time near a clock change more often than chance has it. */
const changes = [
  '2026-03-08T07:00Z',
  '2026-03-29T01:00Z',
  '2026-04-04T15:00Z',
  '2026-09-06T04:00Z',
  '2026-10-25T01:00Z',
];
const times = fc.oneof(
  fc.integer({ min: from, max: to }),
  fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -6 * hour, max: 6 * hour })).map(([change, shift]) => {
    return Date.parse(change) + shift;
  }),
);

describe('windowState and the clock', () => {
  it('opens daily when the clock on the wall says so, whatever clocks do', () => {
    const clock = fc.record({ zone: fc.constantFrom(...zones), hours: fc.nat(23), minutes: fc.nat(59) });
    fc.assert(
      fc.property(clock, times, fc.integer({ min: 1, max: 1439 }), ({ zone, hours, minutes }, at, length) => {
        const openings = openingsAround(at, hours, minutes, zone);
        const open = openings.some((opening) => opening <= at && at < opening + length * minute);
        const next = openings.find((opening) => opening > at);
        const state = windowState([windowOf(`${minutes} ${hours} * * *`, `${length}m`, zone)], new Date(at));
        const expected = open ? { open } : { open, opensAt: new Date(next ?? Number.NaN) };
        assert.deepEqual(state, expected);
      }),
      { numRuns: 200 },
    );
  });

  const someWindow = fc
    .record({
      schedule: fc.constantFrom('0 22 * * *', '*/20 * * * *', '30 2 * * SUN', '0 2-4 1,15 * *', '0 0 L * *'),
      duration: fc.integer({ min: 1, max: 600 }).map((minutes) => `${minutes}m`),
      timeZone: fc.constantFrom(...zones),
    })
    .map((window): UpdateWindow => window);

  it('is open exactly where one of its windows is, and opens with the first of them', () => {
    fc.assert(
      fc.property(fc.array(someWindow, { minLength: 1, maxLength: 4 }), times, (windows, at) => {
        const now = new Date(at);
        const alone = windows.map((window) => windowState([window], now));
        const state = windowState(windows, now);
        assert.equal(
          state.open,
          alone.some(({ open }) => open),
        );
        if (state.open) return;
        const earliest = Math.min(...alone.map((one) => (one.open ? 0 : (one.opensAt?.getTime() ?? Infinity))));
        assert.equal(state.opensAt?.getTime(), earliest);
      }),
    );
  });

  it('opens at the time that it says, and not before', () => {
    fc.assert(
      fc.property(
        fc.array(someWindow, { minLength: 1, maxLength: 4 }),
        times,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (windows, at, part) => {
          const state = windowState(windows, new Date(at));
          if (state.open) return;
          const opensAt = state.opensAt?.getTime() ?? Number.NaN;
          assert.ok(opensAt > at);
          assert.deepEqual(windowState(windows, new Date(opensAt)), { open: true });
          const meanwhile = new Date(Math.floor(at + (opensAt - at) * part));
          assert.deepEqual(windowState(windows, meanwhile), state);
        },
      ),
    );
  });
});

describe('windowProblems', () => {
  const table: [string, UpdateWindow[], string[]][] = [
    ['finds none in a good list', [windowOf('0 2 * * MON-FRI', '4h', 'Europe/Berlin'), windowOf('0 0 29 2 *')], []],
    [
      'names a field of cron that is out of range',
      [windowOf('0 25 * * *')],
      ['spec.updates.windows[0].schedule: "0 25 * * *" is no cron schedule: Invalid value for hour: 25'],
    ],
    [
      'names a day that never comes',
      [windowOf('0 2 * * *'), windowOf('0 2 31 4 *')],
      ['spec.updates.windows[1].schedule: "0 2 31 4 *" never comes: none of its months has such a day'],
    ],
    [
      'names everything that is wrong with a window',
      [windowOf('nonsense a b c d', '0h', 'Europe/Atlantis')],
      [
        'spec.updates.windows[0].schedule: "nonsense a b c d" is no cron schedule: configuration entry 1 (nonsense) contains illegal characters.',
        'spec.updates.windows[0].duration: a window that lasts 0h is never open',
        'spec.updates.windows[0].timeZone: there is no time zone "Europe/Atlantis"; write one such as UTC or Europe/Berlin',
      ],
    ],
    [
      'names what is no duration',
      [windowOf('0 2 * * *', '4 hours')],
      ['spec.updates.windows[0].duration: "4 hours" is no duration such as 90s, 30m or 2h30m'],
    ],
  ];
  for (const [name, windows, expected] of table) {
    it(name, () => assert.deepEqual(windowProblems(windows), expected));
  }

  it('complains about exactly the windows that never open', () => {
    const parts = fc.record({
      schedule: fc.constantFrom('0 2 * * *', '0 2 30 2 *', '61 * * * *', '0 2 * * FRIDAY', '*/5 * * * *'),
      duration: fc.constantFrom('0s', '1s', '2h', '1d'),
      timeZone: fc.constantFrom('UTC', 'Asia/Tokyo', 'Nowhere'),
    });
    fc.assert(
      fc.property(parts, (window) => {
        const now = new Date(from);
        const state = windowState([window], now);
        const opens = state.open || (state.opensAt !== undefined && windowState([window], state.opensAt).open);
        assert.equal(windowProblems([window]).length === 0, opens);
      }),
    );
  });
});
