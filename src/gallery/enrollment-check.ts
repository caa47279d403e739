import { FacegateError } from '../domain/errors.ts';
import { type Embedding, similarity } from '../domain/face.ts';
import type { OperatingPoint } from '../domain/identity.ts';
import type { Candidate, Person } from '../domain/person.ts';
import type { TemplateIndex } from './template-index.ts';

/** How new images are compared with what is enrolled already. */
export interface EnrollmentPolicy {
  /** Gives the similarity from which a face counts as somebody's, for so many persons. */
  operatingPoint(persons: number): OperatingPoint;
  /** What becomes of a face that belongs to another person already. */
  readonly duplicates: 'warn' | 'refuse';
}

/** What the sender of a new image should know; similarities are cosines. */
export type EnrollmentWarning =
  | {
      /** The face would be recognized as this other person of the customer. */
      readonly code: 'face_conflict';
      readonly customerPersonId: string;
      readonly similarity: number;
    }
  | {
      /** By none of the person's other images would this one be recognized as them; the best similarity of all. */
      readonly code: 'unlike_own_images';
      readonly similarity: number;
    };

/** Looks for another person with the face of a new image, and for a person whose own images do not fit together. */
export interface EnrollmentCheck {
  /**
   * Checks, then writes. Two enrollments at the same time see each other: the later one is told of the earlier, even if that one fails
   * in the end. Throws `face_conflict` where duplicates are refused, before anything is written.
   */
  writing(
    enrollment: { person: Person; embedding: Embedding; refuseDuplicates: boolean },
    write: () => Promise<void>,
  ): Promise<EnrollmentWarning[]>;
}

/** A check against the index and the enrollments under way. */
export function createEnrollmentCheck(index: TemplateIndex, policy: EnrollmentPolicy): EnrollmentCheck {
  const underWay = new Set<{ person: Person; embedding: Embedding }>();

  const closestOther = async (
    person: Person,
    { vector, modelId }: Embedding,
    earlier: readonly { person: Person; embedding: Embedding }[],
  ) => {
    const { best, runnerUp } = await index.search(person.customerId, { vector, modelId });
    const rivals: Pick<Candidate, 'personId' | 'customerPersonId' | 'similarity'>[] = [];
    for (const candidate of [best, runnerUp]) if (candidate) rivals.push(candidate);
    for (const { person: rival, embedding } of earlier)
      if (rival.customerId === person.customerId)
        rivals.push({
          personId: rival.id,
          customerPersonId: rival.customerPersonId,
          similarity: similarity(embedding.vector, vector),
        });
    return rivals
      .filter(({ personId }) => personId !== person.id)
      .sort((a, b) => b.similarity - a.similarity)[0];
  };

  const conflict = async (
    person: Person,
    embedding: Embedding,
    earlier: readonly { person: Person; embedding: Embedding }[],
  ): Promise<EnrollmentWarning[]> => {
    const other = await closestOther(person, embedding, earlier);
    const needed = policy.operatingPoint(index.persons(person.customerId)).similarity;
    if (other === undefined || other.similarity < needed) return [];
    const { customerPersonId, similarity } = other;
    return [{ code: 'face_conflict', customerPersonId, similarity }];
  };

  const outlier = async ({ customerId, id }: Person, embedding: Embedding): Promise<EnrollmentWarning[]> => {
    const own = (await index.search(customerId, embedding, id)).best;
    if (own === undefined || own.similarity >= policy.operatingPoint(1).similarity) return [];
    return [{ code: 'unlike_own_images', similarity: own.similarity }];
  };

  return {
    writing: async ({ person, embedding, refuseDuplicates }, write) => {
      // Seen by the later ones before the search, which takes its time.
      const earlier = [...underWay];
      const entry = { person, embedding };
      underWay.add(entry);
      try {
        const conflicts = await conflict(person, embedding, earlier);
        if (refuseDuplicates || policy.duplicates === 'refuse') for (const each of conflicts) refuse(each);
        const warnings = [...conflicts, ...(await outlier(person, embedding))];
        await write();
        return warnings;
      } finally {
        underWay.delete(entry);
      }
    },
  };
}

function refuse(warning: EnrollmentWarning): void {
  if (warning.code !== 'face_conflict') return;
  const { customerPersonId, similarity } = warning;
  throw new FacegateError(
    'face_conflict',
    `This face already belongs to the person "${customerPersonId}"; check who is in the photo, or delete that person first.`,
    { details: { customerPersonId, similarity } },
  );
}
