import { parseWeeklyWindow, type WeeklyWindow } from '../domain/weekly-window.ts';

/** When a door may open: weekly windows in the wall time of an IANA zone, all the time without any; never on a holiday (`2026-12-25`). */
export interface ScheduleConfig {
  readonly timeZone: string;
  readonly windows: readonly string[];
  readonly holidays: readonly string[];
}

/** Tells whether a door may open at a moment, in milliseconds since the epoch. */
export type Schedule = (at: number) => boolean;

const MINUTES_OF_DAY = 24 * 60;
const DAY_MS = 86_400_000;

/**
 * The schedule of a door. What the clock on the wall shows decides: an hour that is skipped in spring is in no window, so that one from
 * 02:30 to 03:30 opens at 03:00, and an hour that comes twice in autumn is in its windows both times. A window over midnight
 * belongs to the day on which it begins. On a holiday nothing is open, nor what began on one. Closed for what is no time.
 * Throws RangeError for a window that cannot be read or a zone that does not exist.
 */
export function createSchedule({ timeZone, windows, holidays }: ScheduleConfig): Schedule {
  const parsed = windows.map(read);
  const closed = new Set(holidays);
  const wall = wallClock(timeZone);

  const isIn = (minute: number, weekday: number, { days, from, to }: WeeklyWindow, begins: 0 | -1) => {
    if (!days.includes((weekday + begins + 7) % 7)) return false;
    const end = to > from ? to : to + MINUTES_OF_DAY;
    const elapsed = minute - begins * MINUTES_OF_DAY;
    return elapsed >= from && elapsed < end;
  };

  return at => {
    const now = wall(at);
    if (now === undefined || closed.has(dateOf(now.day))) return false;
    if (parsed.length === 0) return true;
    // The first of January 1970 was a Thursday.
    const weekday = (((now.day + 3) % 7) + 7) % 7;
    return ([0, -1] as const).some(
      begins =>
        !closed.has(dateOf(now.day + begins)) &&
        parsed.some(window => isIn(now.minute, weekday, window, begins)),
    );
  };
}

function read(text: string): WeeklyWindow {
  const window = parseWeeklyWindow(text);
  if (window === undefined) throw new RangeError(`"${text}" is no window of a week.`);
  return window;
}

/** What the clock on the wall shows: days since the first of January 1970, and the minute of the day. */
function wallClock(timeZone: string): (at: number) => { day: number; minute: number } | undefined {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return at => {
    if (Number.isNaN(new Date(at).getTime())) return undefined;
    const parts = Object.fromEntries(
      format.formatToParts(at).map(({ type, value }) => [type, Number(value)]),
    );
    const { year, month, day, hour, minute } = parts;
    return { day: Date.UTC(year, month - 1, day) / DAY_MS, minute: hour * 60 + minute };
  };
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
