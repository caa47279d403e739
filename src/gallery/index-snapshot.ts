/** A copy of a customer's templates in memory, each person's together. */
export interface IndexSnapshot {
  readonly persons: readonly SnapshotPerson[];
  /** Unit-length vectors of all listed templates in order, `dimension` values each. */
  readonly vectors: Float32Array;
  readonly dimension: number;
  /** All that the customer has, listed or not. */
  readonly total: { readonly persons: number; readonly templates: number; readonly otherModel: number };
}

/** A person of a snapshot; `otherModel` counts templates that are not listed, because another embedder made them. */
export interface SnapshotPerson {
  readonly personId: string;
  readonly customerPersonId: string;
  /** With the raw norm at enrollment. */
  readonly templates: readonly { readonly templateId: string; readonly norm: number }[];
  readonly otherModel: number;
}
