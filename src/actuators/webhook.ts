import { setMaxListeners } from 'node:events';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { WebhookConfig } from '../config/sections/actuator.ts';
import type { DoorDecision } from '../domain/door.ts';
import { createBackoff } from '../platform/backoff.ts';
import type { Logger } from '../platform/logger.ts';
import type { Actuator } from './actuator.ts';
import type { DeadLetter } from './dead-letters.ts';
import { isFreshGrant } from './fresh-grant.ts';
import { post } from './webhook-post.ts';

/** What a webhook needs; times in milliseconds. */
export interface WebhookParts {
  readonly config: WebhookConfig;
  /** Whether the person is enrolled still; of who was deleted nothing is posted any more. */
  readonly isEnrolled: (personId: string) => boolean;
  readonly bury: (letter: DeadLetter) => Promise<void>;
  /** Since the epoch, and of a clock that nobody sets. */
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly log: Logger;
}

const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 5000;
/** Denials that wait to be tried again; there are never many grants, as they expire. */
const MOST_DENIALS = 256;
const GRANT_DELAYS = { firstMs: 250, longestMs: 1000 };
const DENIAL_DELAYS = { firstMs: 1000, longestMs: 300_000 };

/**
 * A webhook that every decision is posted to, grants only while they are fresh and denials for some hours. Closing gives up what is under
 * way. Decisions that were made while others wait overtake them; the receiver orders by `seq`.
 */
export function openWebhook(parts: WebhookParts): Actuator & { close(): Promise<void> } {
  const { config, isEnrolled, bury, now, monotonic, random, log } = parts;
  const stopping = new AbortController();
  const { signal } = stopping;
  // Every decision that waits listens, and their number is bounded.
  setMaxListeners(0, signal);
  const underWay = new Set<Promise<void>>();
  let denials = 0;

  async function deliver(decision: DoorDecision): Promise<void> {
    const isGrant = decision.decision === 'grant';
    const backoff = createBackoff({ random, ...(isGrant ? GRANT_DELAYS : DENIAL_DELAYS) });
    const end =
      monotonic() + (isGrant ? Date.parse(decision.expires_at) - now() : config.denyHours * HOUR_MS);
    const body = JSON.stringify(decision);
    let failure = 'not fresh';
    for (let attempts = 0; ; attempts++) {
      const left = attempts === 0 && !isGrant ? TIMEOUT_MS : end - monotonic();
      if (!(left > 0) || (isGrant && !isFreshGrant(decision, now())))
        return giveUp(decision, attempts, failure);
      if (signal.aborted) return giveUp(decision, attempts, 'the daemon stopped');
      if (decision.person && !isEnrolled(decision.person.miicloud_person_id))
        return giveUp(decision, attempts, 'the person was deleted');
      const timeoutMs = Math.min(TIMEOUT_MS, left);
      const outcome = await post({
        url: config.url,
        secret: config.secret,
        body,
        timeoutMs,
        now: now(),
        signal,
      });
      if (outcome.delivered) return;
      failure = outcome.failure;
      if (!outcome.again) return giveUp(decision, attempts + 1, failure);
      // Cut short only where the daemon stops, which is looked at above.
      await sleepFor(backoff.next(), undefined, { signal }).catch(() => undefined);
    }
  }

  async function giveUp(
    { door, event_id, seq, decision }: DoorDecision,
    attempts: number,
    failure: string,
  ): Promise<void> {
    log.warn(
      { door, seq, decision, attempts, failure },
      'A decision could not be posted to the webhook; see webhook-undelivered.ndjson.',
    );
    const given_up_at = new Date(now()).toISOString();
    await bury({ given_up_at, door, event_id, seq, decision, attempts, failure });
  }

  async function accept(decision: DoorDecision): Promise<void> {
    if (decision.decision === 'grant') return deliver(decision);
    if (denials >= MOST_DENIALS) return giveUp(decision, 0, 'too many wait');
    denials++;
    await deliver(decision).finally(() => denials--);
  }

  return {
    async act(decision) {
      const work = accept(decision).catch((error: unknown) =>
        log.error({ err: error, seq: decision.seq }, 'A decision could not be posted to the webhook.'),
      );
      underWay.add(work);
      await work.finally(() => underWay.delete(work));
    },
    async close() {
      stopping.abort();
      await Promise.all(underWay);
    },
  };
}
