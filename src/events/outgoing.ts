import type { FaceEvent } from '../domain/event.ts';

/** An event as the broker gets it. */
export interface Outgoing {
  /** JSON. */
  readonly body: string;
  /** For how long a broker of MQTT 5 may still hand it on; absent where that does not matter. */
  readonly expirySeconds?: number;
}

/** Brokers count in whole seconds and look at the clock now and then: mosquitto 2.0 hands on up to one second too late. */
const BROKER_SLACK_MS = 1000;

/**
 * The event as it is sent at `now` (milliseconds since the epoch). One with `expires_at` that is past it, or about to be, or that the clock
 * says was decided in the future, goes out as a denial without signature, and so does a grant that nobody can date as the clock is in doubt:
 * nobody may ever be handed a grant late.
 */
export function outgoing(event: FaceEvent, now: number, isClockSure = true): Outgoing {
  const published_at = new Date(now).toISOString();
  if (!('expires_at' in event)) return { body: JSON.stringify({ ...event, published_at }) };
  const expirySeconds = Math.floor((Date.parse(event.expires_at) - BROKER_SLACK_MS - now) / 1000);
  const isDated = isClockSure || event.decision !== 'grant';
  const isFresh = isDated && expirySeconds >= 1 && now >= Date.parse(event.decided_at);
  if (isFresh) return { body: JSON.stringify({ ...event, published_at }), expirySeconds };
  const { signature: _signature, unlock_ms: _unlock, ...rest } = event;
  return { body: JSON.stringify({ ...rest, decision: 'deny', reason: 'stale', stale: true, published_at }) };
}
