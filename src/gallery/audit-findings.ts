import type { AuditReport, Findings } from './audit-report.ts';
import type { IndexSnapshot, SnapshotPerson } from './index-snapshot.ts';
import type { PairScan } from './pair-scan.ts';

/** Most findings of a kind that are spelled out. */
export const MAX_FINDINGS = 100;

/** From where on a template or a pair of persons is worth telling. */
export interface AuditLimits {
  readonly minNorm: number;
  /** Similarity to their own person below which images are outlying. */
  readonly ownThreshold: number;
}

/** The name of a person's image, `undefined` where they are no longer there. */
export type ImageNames = (personId: string, templateId: string) => string | undefined;

/** What is wrong with single templates and persons. Persons who were deleted since the snapshot are counted, and not named. */
export function auditFindings(
  snapshot: IndexSnapshot,
  scan: PairScan,
  limits: AuditLimits,
  imageName: ImageNames,
): Pick<AuditReport, 'weak' | 'confusable' | 'outlying' | 'needs_enrollment'> {
  const { persons } = snapshot;
  const all = persons.flatMap(person => person.templates.map(template => ({ person, ...template })));
  const weak = all.filter(({ norm }) => !(norm >= limits.minNorm)).sort((a, b) => a.norm - b.norm);
  const outlying = all
    .map((template, at) => ({ ...template, similarity: scan.own[at] }))
    .filter(({ similarity }) => similarity < limits.ownThreshold)
    .sort((a, b) => a.similarity - b.similarity);
  const isThere = ({ personId, templates: [first] }: SnapshotPerson) =>
    first === undefined || imageName(personId, first.templateId) !== undefined;

  return {
    weak: findings(weak, ({ person, templateId, norm }) => {
      const image = imageName(person.personId, templateId);
      const id = person.customerPersonId;
      return image === undefined ? image : { customer_person_id: id, image, norm: fourDigits(norm) };
    }),
    confusable: {
      ...findings(scan.close, ({ a, b, similarity }) => {
        const pair = [persons[a], persons[b]] as const;
        if (!pair.every(isThere)) return undefined;
        const [one, other] = pair;
        return {
          customer_person_ids: [one.customerPersonId, other.customerPersonId] as [string, string],
          similarity: fourDigits(similarity),
        };
      }),
      total: scan.closeCount,
    },
    outlying: findings(outlying, ({ person, templateId, similarity }) => {
      const image = imageName(person.personId, templateId);
      const id = person.customerPersonId;
      if (image === undefined) return undefined;
      return { customer_person_id: id, image, similarity: fourDigits(similarity) };
    }),
    needs_enrollment: findings(
      persons.filter(({ templates }) => templates.length === 0),
      ({ customerPersonId, otherModel }) => ({ customer_person_id: customerPersonId, images: otherModel }),
    ),
  };
}

/** How many items there are, and what is told of the first ones. */
export function findings<T, U>(items: readonly T[], tell: (item: T) => U | undefined): Findings<U> {
  const worst = items.slice(0, MAX_FINDINGS).flatMap(item => tell(item) ?? []) as U[];
  return { total: items.length, worst };
}

/** Rounded to four digits behind the point: more says nothing of a face. */
export function fourDigits(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
