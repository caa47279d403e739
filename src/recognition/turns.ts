import { boxHeight } from '../domain/geometry.ts';
import type { Attention } from './attention.ts';
import type { Seen } from './tracker.ts';

/** A face that wants to be described. */
export interface Applicant {
  readonly seen: Seen;
  readonly attention: Attention;
}

/** The `count` applicants whose turn it is: who waits longest, of those the biggest. Who is passed over comes first next time. */
export function takeTurns<A extends Applicant>(applicants: readonly A[], count: number, at: number): A[] {
  const since = new Map(applicants.map(one => [one, one.attention.waitingSince(at)]));
  return [...applicants]
    .sort(
      (a, b) =>
        since.get(a)! - since.get(b)! || boxHeight(b.seen.detection.box) - boxHeight(a.seen.detection.box),
    )
    .slice(0, Math.max(0, count));
}
