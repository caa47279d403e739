import type { Person } from '../domain/person.ts';
import type { Consent, EnrollmentWarning } from './dependencies.ts';
import type { AnswerOf } from './openapi/schemas.ts';

/** The profile as answers write it; a field that is not set is "". */
export function profileAnswer({ profile }: Person) {
  return {
    first_name: profile.firstName ?? '',
    last_name: profile.lastName ?? '',
    email: profile.email ?? '',
    phone: profile.phone ?? '',
  };
}

/** What the person may at doors; nothing where it was never said, as the contract has no such fields. */
export function accessAnswer({ access = {} }: Person) {
  const { groups, validFrom, validUntil, deny } = access;
  return {
    ...(groups && { groups }),
    ...(validFrom !== undefined && { valid_from: new Date(validFrom).toISOString() }),
    ...(validUntil !== undefined && { valid_until: new Date(validUntil).toISOString() }),
    ...(deny && { deny }),
  };
}

/** The person's images, newest first. */
export function imagesAnswer({ images }: Person) {
  return [...images]
    .sort((a, b) => b.createdAtMicros - a.createdAtMicros)
    .map(({ name, createdAtMicros }) => ({ image: name, created: microTime(createdAtMicros) }));
}

/** Everything that may be told of a person; `needsEnrollment` where no search can find them. */
export function personAnswer(person: Person, needsEnrollment: boolean): AnswerOf<'Person'> {
  return {
    customer_person_id: person.customerPersonId,
    miicloud_person_id: person.id,
    images: imagesAnswer(person),
    ...profileAnswer(person),
    ...accessAnswer(person),
    ...(needsEnrollment && { needs_enrollment: true }),
  };
}

/** What the person has agreed to; nothing where they have not, as the contract has no such field. */
export function consentAnswer(consent: Consent | undefined) {
  if (consent === undefined) return {};
  const { id, purpose, expiresAt, givenAt } = consent;
  return {
    consent: {
      id,
      ...(purpose !== undefined && { purpose }),
      given_at: new Date(givenAt).toISOString(),
      ...(expiresAt !== undefined && { expires_at: new Date(expiresAt).toISOString() }),
    },
  };
}

/** What an enrollment warns of; nothing where all is well, as the contract has no such field. */
export function warningsAnswer(warnings: readonly EnrollmentWarning[]) {
  if (warnings.length === 0) return {};
  return {
    warnings: warnings.map(({ code, customerPersonId, similarity }) => ({
      code,
      ...(customerPersonId !== undefined && { customer_person_id: customerPersonId }),
      similarity,
    })),
  };
}

/** ISO 8601 in UTC with six digits, from microseconds since the epoch. */
export function microTime(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const fraction = String(Math.floor(micros) - seconds * 1_000_000).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}
