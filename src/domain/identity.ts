import type { Candidate } from './person.ts';

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
