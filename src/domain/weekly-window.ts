/** A stretch of each of some weekdays, in local wall time; minutes since midnight, `to` excluded. Where `to` is not after `from` it ends on the next day. */
export interface WeeklyWindow {
  /** 0 is Monday. */
  readonly days: readonly number[];
  readonly from: number;
  readonly to: number;
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY = `(?:${DAYS.join('|')})`;
const RANGE = `${DAY}(?:-${DAY})?`;
const TIME = '([01]\\d|2[0-3]):([0-5]\\d)';
const WINDOW = new RegExp(`^(${RANGE}(?:,${RANGE})*) ${TIME}-(?:${TIME}|(24:00))$`);

/** Reads `mon-fri 07:00-19:00`, `sat,sun 09:00-24:00` or `fri 22:00-06:00`; undefined where it is not written so, or is empty. */
export function parseWeeklyWindow(text: string): WeeklyWindow | undefined {
  const parts = WINDOW.exec(text);
  if (parts === null) return undefined;
  const [, days, fromHour, fromMinute, toHour, toMinute, midnight] = parts;
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = midnight === undefined ? Number(toHour) * 60 + Number(toMinute) : 24 * 60;
  return from === to ? undefined : { days: [...new Set(days.split(',').flatMap(daysOf))], from, to };
}

/** A range may go over the end of the week: `sat-mon`. */
function daysOf(range: string): number[] {
  const [first, last = first] = range.split('-').map(day => DAYS.indexOf(day));
  const length = ((last - first + 7) % 7) + 1;
  return Array.from({ length }, (_, at) => (first + at) % 7);
}
