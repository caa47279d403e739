import type { AccessChange, Person, PersonAccess } from '../domain/person.ts';

/** The person with the rights changed; what says nothing (no group, no denial) is not kept. */
export function withAccess(person: Person, change: AccessChange | undefined): Person {
  if (change === undefined) return person;
  const { access: before, ...rest } = person;
  const access = keptOf({ ...before, ...change });
  return Object.keys(access).length === 0 ? rest : { ...rest, access };
}

function keptOf({ groups, validFrom, validUntil, deny }: AccessChange): PersonAccess {
  return {
    ...(groups && groups.length > 0 && { groups }),
    ...(typeof validFrom === 'number' && { validFrom }),
    ...(typeof validUntil === 'number' && { validUntil }),
    ...(deny && { deny }),
  };
}
