import type { Profile } from '../domain/person.ts';

const FIELDS = ['firstName', 'lastName', 'email', 'phone'] as const;

/** The profile with the sent fields in place of the old ones; a field sent as '' is removed, one not sent stays. */
export function mergeProfile(before: Profile, sent: Profile): Profile {
  return onlyFilled({ ...before, ...sent });
}

/** The sent fields alone; one that is '' or left out is removed. */
export function replaceProfile(sent: Profile): Profile {
  return onlyFilled(sent);
}

function onlyFilled(profile: Profile): Profile {
  return Object.fromEntries(FIELDS.filter(field => profile[field]).map(field => [field, profile[field]]));
}
