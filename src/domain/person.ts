import type { Embedding } from './face.ts';

/** The profile fields a client may set; absent means not set. */
export interface Profile {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly phone?: string;
}

/** One enrolled image of a person; the pixels are not kept. */
export interface PersonImage {
  readonly templateId: string;
  /** `enroll/<name>_<7 random alphanumerics>.<ext>` */
  readonly name: string;
  /** Microseconds since the epoch. */
  readonly createdAtMicros: number;
}

/** Which doors a person may pass, and when; times in milliseconds since the epoch. */
export interface PersonAccess {
  readonly groups?: readonly string[];
  readonly validFrom?: number;
  /** The first moment at which it is over. */
  readonly validUntil?: number;
  /** No door opens, whatever the rest says. */
  readonly deny?: boolean;
}

/** A change of what a person may: what is absent stays, null takes it away. */
export type AccessChange = { readonly [K in keyof PersonAccess]?: PersonAccess[K] | null };

/** An identity record of one customer's gallery. */
export interface Person {
  /** UUID, stable for the person; the API's `miicloud_person_id`. */
  readonly id: string;
  readonly customerId: string;
  /** The customer's own id, unique in the customer's gallery. */
  readonly customerPersonId: string;
  readonly profile: Profile;
  /** Absent: in no group, valid at any time. */
  readonly access?: PersonAccess;
  /** Oldest first. */
  readonly images: readonly PersonImage[];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A stored embedding. Ids are immutable and never reused. */
export interface Template {
  readonly id: string;
  readonly personId: string;
  readonly customerId: string;
  readonly embedding: Embedding;
  /** Raw norm of the embedder's output at enrollment. */
  readonly norm: number;
}

/** A person as a search sees it: the score is that of the best template. */
export interface Candidate {
  readonly personId: string;
  readonly customerPersonId: string;
  readonly templateId: string;
  /** Cosine similarity, -1..1. */
  readonly similarity: number;
}

/** Answer of a 1:N search, best first; `margin` is best minus best *other* person (similarity + 1 if there is no other, so that -1 is the floor). */
export interface Match {
  readonly best?: Candidate;
  readonly runnerUp?: Candidate;
  readonly margin: number;
}
