/** The findings of one kind: how many there are, and the worst of them. */
export interface Findings<T> {
  readonly total: number;
  readonly worst: readonly T[];
}

/** What an audit found, as REST writes it. Similarities are cosines to four digits; images bear the names that enrollment gave them. */
export interface AuditReport {
  /** False where the gallery is so large that every k-th person stood for all. */
  readonly exact: boolean;
  readonly persons: number;
  readonly templates: number;
  /** Templates that were compared; all of them where `exact`. */
  readonly compared_templates: number;
  readonly other_model_templates: number;
  /** The similarity that "known" needs in a gallery of this size. */
  readonly threshold: number;
  /** The similarity that a person's own images should have with one another. */
  readonly own_threshold: number;
  /** The least norm that an image should have. */
  readonly min_norm: number;
  /** Templates of low norm: blurred, dark or hidden faces. */
  readonly weak: Findings<{ customer_person_id: string; image: string; norm: number }>;
  /** Pairs of persons who come near the threshold or pass it; `similarity` is that of their most similar images. */
  readonly confusable: Findings<{ customer_person_ids: [string, string]; similarity: number }>;
  /** Images by which their own person would not be recognized; `similarity` is the best to the person's others. */
  readonly outlying: Findings<{ customer_person_id: string; image: string; similarity: number }>;
  /** Persons without a single template of the present embedder. */
  readonly needs_enrollment: Findings<{ customer_person_id: string; images: number }>;
  readonly far?: FarReport;
}

/** The gallery measured against itself. */
export interface FarReport {
  /** Every image against every image of another person. */
  readonly strangers: {
    readonly comparisons: number;
    readonly max: number;
    readonly p50: number;
    readonly p99: number;
    readonly p99_9: number;
    readonly p99_99: number;
    /** Images that are taken for another person at the threshold. */
    readonly images_above_threshold: number;
    /** Each person's most similar stranger, the worst first. */
    readonly persons: Findings<{ customer_person_id: string; similarity: number; most_like: string }>;
  };
  /** Every image against the other images of the same person, as if it had just been taken (leave one out). */
  readonly genuine: {
    readonly images: number;
    readonly persons: number;
    readonly min: number;
    readonly p1: number;
    readonly p5: number;
    readonly p50: number;
    /** Below the threshold. */
    readonly missed: number;
    /** Above the threshold with a stranger, and more similar to them. */
    readonly mistaken: number;
  };
}
