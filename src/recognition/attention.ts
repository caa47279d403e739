import type { Identity } from '../domain/identity.ts';

/** Milliseconds until a decided face is described again, to notice that someone else stands there or was enrolled meanwhile. */
const RECHECK_MS = { known: 2000, unknown: 1000 } as const;

/** Whether a track's face is worth an embedding in a frame of time `at`: always while undecided, now and then afterwards. Times in milliseconds of the frames. */
export function needsDescription(identity: Identity, describedAt: number | undefined, at: number): boolean {
  if (identity.status === 'undecided' || describedAt === undefined) return true;
  return at - describedAt >= RECHECK_MS[identity.status];
}
