import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSchedule } from '../../src/access/schedule.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Africa/Casablanca',
];
const HOUR = 3_600_000;

const schedule = (timeZone: string, windows: string[], holidays: string[] = []) =>
  createSchedule({ timeZone, windows, holidays });
/** Which of these moments, written in ISO 8601, are open. */
const open = (made: ReturnType<typeof createSchedule>, ...moments: string[]) =>
  moments.map(moment => made(Date.parse(moment)));

describe('a schedule', () => {
  it('opens at the first and shuts at the last minute of its window, on its days only', () => {
    const office = schedule('Europe/Berlin', ['mon-fri 07:00-19:00']);
    expect(open(office, '2026-11-23T05:59:59.999Z', '2026-11-23T06:00:00Z')).toEqual([false, true]);
    expect(open(office, '2026-11-23T17:59:59.999Z', '2026-11-23T18:00:00Z')).toEqual([true, false]);
    expect(open(office, '2026-11-27T12:00:00Z', '2026-11-28T12:00:00Z')).toEqual([true, false]);
  });

  it('carries a window over midnight, also from Sunday to Monday', () => {
    const night = schedule('UTC', ['fri,sun 22:00-06:00']);
    expect(open(night, '2026-11-27T21:59:00Z', '2026-11-27T22:00:00Z')).toEqual([false, true]);
    expect(open(night, '2026-11-28T05:59:00Z', '2026-11-28T06:00:00Z')).toEqual([true, false]);
    expect(open(night, '2026-11-30T03:00:00Z', '2026-11-27T03:00:00Z')).toEqual([true, false]);
  });

  it('skips the hour that does not exist in spring: a window in it opens behind it', () => {
    const early = schedule('Europe/Berlin', ['sun 02:30-03:30']);
    const inside = schedule('Europe/Berlin', ['sun 02:00-03:00']);
    // The clock goes from 01:59:59 to 03:00:00 at 01:00 UTC.
    expect(open(early, '2026-03-29T00:59:59Z', '2026-03-29T01:00:00Z', '2026-03-29T01:30:00Z')).toEqual([
      false,
      true,
      false,
    ]);
    expect(open(inside, '2026-03-29T00:30:00Z', '2026-03-29T01:00:00Z')).toEqual([false, false]);
  });

  it('is open both times in the hour that comes twice in autumn', () => {
    const twice = schedule('Europe/Berlin', ['sun 02:00-03:00']);
    const times = [
      '2026-10-24T23:59:59Z',
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:30:00Z',
      '2026-10-25T02:00:00Z',
    ];
    expect(open(twice, ...times)).toEqual([false, true, true, false]);
  });

  it('stays shut on a holiday of its own zone, and for what began on one', () => {
    const always = schedule('Pacific/Auckland', [], ['2026-12-25']);
    expect(open(always, '2026-12-24T10:59:59Z', '2026-12-24T11:00:00Z', '2026-12-25T11:00:00Z')).toEqual([
      true,
      false,
      true,
    ]);
    const night = schedule('UTC', ['mon-sun 22:00-06:00'], ['2026-12-25']);
    expect(open(night, '2026-12-24T23:00:00Z', '2026-12-25T01:00:00Z')).toEqual([true, false]);
    expect(open(night, '2026-12-25T23:00:00Z', '2026-12-26T01:00:00Z')).toEqual([false, false]);
    expect(open(night, '2026-12-26T22:00:00Z')).toEqual([true]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 9e15])('is shut where the time is %s', at => {
    expect(schedule('UTC', [])(at)).toBe(false);
  });

  it('does not begin with a window or a zone that means nothing', () => {
    expect(() => schedule('UTC', ['someday 07:00-19:00'])).toThrow(RangeError);
    expect(() => schedule('Mars/Olympus', [])).toThrow(RangeError);
  });
});

describe('any schedule', () => {
  const moment = fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2037, 0, 1) });
  const zone = fc.constantFrom(...ZONES);
  const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const time = fc.tuple(fc.nat(23), fc.nat(59));
  const written = ([hour, minute]: [number, number]) =>
    `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;

  it('says of each moment what the clock on the wall says, written by another program', () => {
    fc.assert(
      fc.property(moment, zone, fc.nat(6), time, time, (at, timeZone, day, from, to) => {
        fc.pre(written(from) < written(to));
        const text = new Date(at).toLocaleString('sv-SE', { timeZone });
        const weekday = new Date(at).toLocaleString('en-US', { timeZone, weekday: 'short' }).toLowerCase();
        const clock = text.slice(11, 16);
        const expected = weekday === DAYS[day] && clock >= written(from) && clock < written(to);
        const made = schedule(timeZone, [`${DAYS[day]} ${written(from)}-${written(to)}`]);
        expect(made(at)).toBe(expected);
      }),
    );
  });

  it('is open the whole week or never where its windows cover the week, whatever the clock does', () => {
    fc.assert(
      fc.property(moment, zone, time, (at, timeZone, [hour, minute]) => {
        fc.pre(hour + minute > 0);
        const cut = written([hour, minute]);
        const halves = [`mon-sun 00:00-${cut}`, `mon-sun ${cut}-24:00`];
        const [early, late] = halves.map(window => schedule(timeZone, [window])(at));
        expect([early, late].filter(Boolean)).toHaveLength(1);
        expect(schedule(timeZone, halves)(at)).toBe(true);
        const overnight = schedule(timeZone, [`mon-sun ${cut}-00:00`]);
        expect(overnight(at)).toBe(late);
      }),
    );
  });

  it('is open around each change of the clock for as long as the wall shows its window', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2015, max: 2036 }), fc.nat(23), (year, hour) => {
        // The last Sundays of March and October, when Berlin changes at 01:00 UTC.
        for (const [month, skipped] of [
          [2, 1],
          [9, -1],
        ] as const) {
          const end = new Date(Date.UTC(year, month + 1, 0));
          const sunday = end.getTime() - end.getUTCDay() * 24 * HOUR;
          const window = `sun ${written([hour, 0])}-${hour === 23 ? '24:00' : written([hour + 1, 0])}`;
          const made = schedule('Europe/Berlin', [window]);
          const minutes = Array.from({ length: 26 * 60 }, (_, at) => sunday - 2 * HOUR + at * 60_000);
          const hours = hour === 2 ? 1 - skipped : 1;
          expect(minutes.filter(made)).toHaveLength(hours * 60);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('is shut on its holidays', () => {
    fc.assert(
      fc.property(moment, zone, (at, timeZone) => {
        const date = new Date(at).toLocaleString('sv-SE', { timeZone }).slice(0, 10);
        expect(schedule(timeZone, [])(at)).toBe(true);
        expect(schedule(timeZone, [], [date])(at)).toBe(false);
        expect(schedule(timeZone, ['mon-sun 00:00-24:00'], [date])(at)).toBe(false);
      }),
    );
  });
});
