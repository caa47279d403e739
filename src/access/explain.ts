import type { DenyReason, DoorVerdict } from '../domain/door.ts';
import type { PersonAccess } from '../domain/person.ts';
import type { DoorRules } from './decision.ts';

/** What a sentence about a decision may speak of. */
export interface DoorCase {
  /** The customer's own id of the person that the face is most similar to; absent where nobody is similar enough. */
  readonly who?: string;
  readonly access?: PersonAccess;
  readonly similarity: number;
  readonly threshold: number;
  readonly margin: number;
  readonly rules: Pick<DoorRules, 'groups' | 'minMargin' | 'ttlMs'>;
}

/** Why the decision is what it is, in sentences. */
export function explain(verdict: DoorVerdict, facts: DoorCase): string {
  return verdict.decision === 'grant' ? granted(facts) : SENTENCES[verdict.reason](facts);
}

function granted({ who, similarity, threshold, margin }: DoorCase): string {
  return `${who} would be let in: similarity ${three(similarity)} (${three(threshold)} is needed), margin ${three(margin)}, and may pass this door now.`;
}

const SENTENCES: Record<DenyReason, (facts: DoorCase) => string> = {
  liveness_failed: () => 'The face was taken for a picture, a screen or a mask.',
  low_quality: () => 'No face in the picture is large, sharp and frontal enough to count.',
  undecided: ({ who = 'Somebody', similarity, threshold, margin, rules }) =>
    `${who} is similar enough to be somebody, but not surely so: similarity ${three(similarity)} (${three(threshold)} is needed), margin to the next person ${three(margin)} (${three(rules.minMargin)} is needed).`,
  gallery_degraded: () =>
    'Not everybody who is enrolled can be found now (a migration is under way, or persons must enroll again), so nobody is let in.',
  unknown: ({ similarity, threshold }) =>
    `The face is nobody enrolled: the nearest person has a similarity of ${three(similarity)}, and ${three(threshold)} is needed.`,
  stale: ({ rules }) =>
    `The picture is older than ${rules.ttlMs / 1000} seconds, was shown before, or the clock is in doubt (see the status).`,
  liveness_not_assessed: () => 'The face was not found to be a living one, and this door requires it.',
  denied_person: ({ who }) => `${who} is denied at every door (deny).`,
  expired: ({ who, access = {} }) =>
    `${who} is not valid now: from ${date(access.validFrom)} until ${date(access.validUntil)}.`,
  not_in_group: ({ who, access = {}, rules }) =>
    `${who} is in ${listed(access.groups, 'no group')}, and this door is for ${listed(rules.groups, 'everyone')}.`,
  outside_schedule: ({ who }) => `${who} may pass this door, but not now: it is outside of its schedule.`,
  cooldown: ({ who }) => `${who} was let in a moment ago and has not left, or only just.`,
};

function three(value: number): string {
  return value.toFixed(3);
}

function date(at: number | undefined): string {
  return at === undefined ? 'any time' : new Date(at).toISOString();
}

function listed(names: readonly string[] = [], none: string): string {
  return names.length === 0 ? none : names.join(', ');
}
