/** A copy of a customer's templates in memory, each person's together. */
export interface IndexSnapshot extends TemplateList {
  /** Unit-length vectors of all listed templates in order, `dimension` values each. */
  readonly vectors: Float32Array;
}

/** Which templates a customer has, each person's together. */
export interface TemplateList {
  readonly persons: readonly SnapshotPerson[];
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

/** Where the templates come from: their list, and the vector of one that is still there. */
export interface SnapshotSource {
  list(customerId: string, maxTemplates: number): TemplateList;
  /** Writes the vector into `target` from `at` on; false where the template is gone. */
  copyVector(personId: string, templateId: string, target: Float32Array, at: number): boolean;
}

/** Templates between two pauses: about a millisecond of copying. */
const COPIES = 500;

/**
 * Copies the customer's templates, or those of persons at even distances so that there are at most `maxTemplates`. Fresh memory costs
 * more than the copying, so `pause` is called now and then; persons who are deleted meanwhile are left out.
 */
export async function takeSnapshot(
  source: SnapshotSource,
  customerId: string,
  { maxTemplates, pause }: { maxTemplates: number; pause: () => Promise<void> },
): Promise<IndexSnapshot> {
  const { persons: listed, dimension, total } = source.list(customerId, maxTemplates);
  const count = listed.reduce((sum, { templates }) => sum + templates.length, 0);
  const vectors = new Float32Array(count * dimension);
  const persons: SnapshotPerson[] = [];
  let filled = 0;
  let sincePause = 0;
  for (const person of listed) {
    const { personId, templates } = person;
    const isThere = templates.every(({ templateId }, at) =>
      source.copyVector(personId, templateId, vectors, (filled + at) * dimension),
    );
    if (isThere) {
      persons.push(person);
      filled += templates.length;
    }
    sincePause += templates.length;
    if (sincePause < COPIES) continue;
    await pause();
    sincePause = 0;
  }
  return { persons, vectors: vectors.subarray(0, filled * dimension), dimension, total };
}
