/** Somebody was in the picture, in milliseconds since the epoch. */
export interface Visit {
  readonly from: number;
  readonly to: number;
}

/** What was done to the daemon, its camera or its broker, until all of it works again. */
export type Disturbance = Visit;

/** A grant that a controller opened a door for; `at` is when it did. */
export interface Opening {
  readonly door: string;
  readonly at: number;
  readonly capturedAt: number;
  readonly person: string | undefined;
}

/** What became of the visits of an enrolled person. */
export interface VisitReport {
  /** Those that nothing disturbed, and how many of them were let in. */
  readonly visits: number;
  readonly opened: number;
  /** Those that began, ended or were while something was wrong, and how many of them were let in. */
  readonly disturbed: number;
  readonly disturbedOpened: number;
  /** Openings after the first of a visit. */
  readonly doubles: number;
  /** Openings while nobody was there, or so late that they may have left. */
  readonly late: readonly Opening[];
  /** When the visits began that nothing disturbed and nobody was let in. */
  readonly missed: readonly number[];
}

/** A picture is a little late where the machine is busy; a grant holds for so long after it. */
const PICTURE_LATE_MS = 1500;
const TTL_MS = 5000;

/** Holds the openings of one person's door against the visits. `isDisturbed` lasts from the end of the visit before, so that presence is as it should be. */
export function reportVisits(
  visits: readonly Visit[],
  disturbances: readonly Disturbance[],
  openings: readonly Opening[],
): VisitReport {
  const openingsOf = ({ from, to }: Visit) =>
    openings.filter(({ capturedAt }) => capturedAt >= from && capturedAt <= to + PICTURE_LATE_MS);
  const judged = visits.map((visit, at) => {
    const since = visits[at - 1]?.from ?? visit.from;
    const isDisturbed = disturbances.some(({ from, to }) => from <= visit.to && to >= since);
    return { visit, isDisturbed, count: openingsOf(visit).length };
  });
  const calm = judged.filter(({ isDisturbed }) => !isDisturbed);
  const others = judged.filter(({ isDisturbed }) => isDisturbed);
  const inTime = new Set(visits.flatMap(openingsOf).filter(({ at, capturedAt }) => at - capturedAt < TTL_MS));
  return {
    visits: calm.length,
    opened: calm.filter(({ count }) => count > 0).length,
    disturbed: others.length,
    disturbedOpened: others.filter(({ count }) => count > 0).length,
    doubles: judged.reduce((sum, { count }) => sum + Math.max(0, count - 1), 0),
    late: openings.filter(opening => !inTime.has(opening)),
    missed: calm.filter(({ count }) => count === 0).map(({ visit }) => visit.from),
  };
}
