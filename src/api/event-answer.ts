import type { FaceEvent } from '../domain/event.ts';

/** What a grant needs to arrive before it ends, as over MQTT. */
const SLACK_MS = 1000;

/** An event as a look into the past tells it: with what was decided, but without what a door could be opened with. */
export function pastEvent(event: FaceEvent): object {
  if (event.type !== 'door_decision') return event;
  const { signature: _signature, unlock_ms: _unlock, ...rest } = event;
  return rest;
}

/**
 * An event as a stream tells it at `now` (milliseconds since the epoch): the same, but a grant that has ended, or that the clock says was
 * decided in the future, is told as a denial. Who acts on what a stream says must never be handed a grant late, or again.
 */
export function streamedEvent(event: FaceEvent, now: number): object {
  const told = pastEvent(event);
  if (event.type !== 'door_decision') return told;
  const isFresh = now >= Date.parse(event.decided_at) && now < Date.parse(event.expires_at) - SLACK_MS;
  return isFresh ? told : { ...told, decision: 'deny', reason: 'stale', stale: true };
}
