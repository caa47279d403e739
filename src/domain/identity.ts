import type { Candidate } from './person.ts';

/** Whether a face is a living one: `not_assessed` is never as good as `live`. */
export type Liveness = 'live' | 'attack' | 'not_assessed';

/** Where a decision stands: what was asked for, what it means for one comparison, and what the data behind it supports. */
export interface OperatingPoint {
  /** Cosine similarity that "known" needs, -1..1. */
  readonly similarity: number;
  /** How often a stranger may be taken for anyone of `persons` (FPIR). */
  readonly targetFpir: number;
  /** Persons the probe is compared with. */
  readonly persons: number;
  /** False matches per single comparison at `similarity`, as measured; absent where the similarity was set by hand and there is no table. */
  readonly fmr?: number;
  /** Impostor comparisons behind the table; 0 without one. */
  readonly comparisons: number;
  /** Whether the data is large enough to speak for `targetFpir` with so many persons (rule of three). */
  readonly supported: boolean;
}

/** What is known of a track's face. Only `known` may ever open anything. */
export type Identity =
  | { readonly status: 'undecided' }
  | {
      readonly status: 'unknown';
      /** Best similarity to anyone enrolled, -1 for an empty gallery. */
      readonly similarity: number;
      /** Distinct frames that agree. */
      readonly frames: number;
    }
  | {
      readonly status: 'known';
      readonly candidate: Candidate;
      readonly similarity: number;
      readonly margin: number;
      readonly frames: number;
    };
