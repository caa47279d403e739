/** What is remembered of the clock over restarts; milliseconds since the epoch. */
export interface ClockMemory {
  /** The latest time that was found to be right. */
  readonly provenAt?: number;
  /** When, by the clock, it leapt ahead, and nobody has confirmed that since. */
  readonly leaptAt?: number;
}

/** Why the time on the clock is not believed now. */
export type ClockDoubt = 'before_install' | 'behind' | 'was_set';

/** Watches the clock of the machine, which somebody, or NTP, may set. */
export interface ClockGuard {
  /** Milliseconds since the epoch, as the machine says. */
  now(): number;
  /** Why no frame can be dated and no schedule be read now; undefined while the clock is believed. */
  doubt(): ClockDoubt | undefined;
  /** Whether the clock leapt ahead, and may have been wrong since: nothing may be thrown away for its age. */
  hasLeapt(): boolean;
  /** Somebody who knows says that it is right. */
  confirm(): void;
  memory(): ClockMemory;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** NTP slews by at most 30 ms in a minute and sets what is farther off. */
const SET_MS = 250;
/** No frame that waits for a decision is older. */
const SETTLE_MS = MINUTE_MS;
/** A clock that nobody has set for so long is taken for right. */
const PROVE_MS = 10 * MINUTE_MS;
const BEHIND_MS = 5 * MINUTE_MS;
/** How far ahead it may be set; how long the machine may have been off. */
const LEAP_MS = HOUR_MS;
const OFF_MS = 4 * DAY_MS;
/** After a leap it is believed again when nobody has minded for so long. */
const LEAP_ACCEPTED_MS = 7 * DAY_MS;
/** Between two readings of one moment the thread may have been held up for longer. */
const READING_MS = 20;
const READINGS = 5;

/**
 * A guard over the clock `wall`, beside `monotonic` that nobody sets (both in milliseconds). Before `notBefore` no clock can be right. Every
 * call looks at the clocks: call one at least every second, and with each frame.
 */
export function createClockGuard(options: {
  wall: () => number;
  monotonic: () => number;
  notBefore: number;
  memory: ClockMemory;
}): ClockGuard {
  const { wall, monotonic, notBefore } = options;
  let { provenAt, leaptAt } = options.memory;
  const first = read();
  /** The first time that is seen at all counts until it is set: there is nothing better. */
  let isProven = provenAt !== undefined;
  let last = first;
  /** Since when nobody has set it. */
  let steadySince = first.monotonic;
  let setAt = Number.NEGATIVE_INFINITY;
  /** Of the minute that ends with the latest one, two in a second. */
  let recent = [first];

  if (provenAt === undefined) takeAsFirst(first);
  else if (first.wall - provenAt > OFF_MS) leaptAt ??= first.wall;

  function read(): Reading {
    for (let reading = 0; ; reading++) {
      const before = monotonic();
      const at = wall();
      const after = monotonic();
      if (after - before < READING_MS || reading === READINGS)
        return { wall: at, monotonic: after, offset: at - after };
    }
  }

  function takeAsFirst({ wall: at }: Reading): void {
    provenAt = at >= notBefore ? at : undefined;
  }

  function look(): Reading {
    const here = read();
    const step = here.offset - last.offset;
    recent = recent.filter(({ monotonic: at }) => here.monotonic - at <= SETTLE_MS);
    const drift = recent.some(({ offset }) => Math.abs(here.offset - offset) > SET_MS);
    if (Math.abs(step) > SET_MS || drift) wasSet(here, step);
    if (here.monotonic - (recent.at(-1)?.monotonic ?? Number.NEGATIVE_INFINITY) >= 500) recent.push(here);
    last = here;
    if (leaptAt !== undefined && here.wall - leaptAt >= LEAP_ACCEPTED_MS && isSteadyFor(here, PROVE_MS))
      leaptAt = undefined;
    // What leapt is not proven: else a clock that is set right again would be behind.
    if (leaptAt === undefined && isSteadyFor(here, PROVE_MS) && !implausible(here.wall)) {
      provenAt = here.wall;
      isProven = true;
    }
    return here;
  }

  function wasSet(here: Reading, step: number): void {
    if (!isProven) takeAsFirst(here);
    else if (step > LEAP_MS) leaptAt = here.wall;
    // Back to before the leap: it was an error, and is mended.
    else if (step < 0 && leaptAt !== undefined && here.wall < leaptAt) leaptAt = undefined;
    steadySince = here.monotonic;
    setAt = here.monotonic;
    recent = [here];
  }

  function isSteadyFor({ monotonic: at }: Reading, ms: number): boolean {
    return at - steadySince >= ms;
  }

  function implausible(at: number): ClockDoubt | undefined {
    if (!(at >= notBefore)) return 'before_install';
    return provenAt !== undefined && at < provenAt - BEHIND_MS ? 'behind' : undefined;
  }

  return {
    now: () => look().wall,
    doubt: () => {
      const here = look();
      return implausible(here.wall) ?? (here.monotonic - setAt < SETTLE_MS ? 'was_set' : undefined);
    },
    hasLeapt: () => {
      look();
      return leaptAt !== undefined;
    },
    confirm: () => {
      provenAt = Math.max(look().wall, notBefore);
      isProven = true;
      leaptAt = undefined;
    },
    memory: () => ({
      ...(provenAt !== undefined && { provenAt }),
      ...(leaptAt !== undefined && { leaptAt }),
    }),
  };
}

interface Reading {
  readonly wall: number;
  readonly monotonic: number;
  readonly offset: number;
}
