import type { DoorDecision } from '../domain/event.ts';

/** Whether the decision lets somebody in at `now` (milliseconds since the epoch): a signed grant, not yet expired, and not of the future. */
export function isFreshGrant(
  { decision, signature, decided_at, expires_at }: DoorDecision,
  now: number,
): boolean {
  if (decision !== 'grant' || signature === undefined) return false;
  return Date.parse(decided_at) <= now && now < Date.parse(expires_at);
}
