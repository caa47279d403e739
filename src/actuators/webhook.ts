import { setMaxListeners } from 'node:events';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { WebhookConfig } from '../config/sections/actuator.ts';
import type { DoorDecision } from '../domain/event.ts';
import { createBackoff } from '../platform/backoff.ts';
import type { Logger } from '../platform/logger.ts';
import type { Actuator } from './actuator.ts';
import { isFreshGrant } from './fresh-grant.ts';
import { post } from './webhook-post.ts';

/** Why a decision is posted no more; without the person, who stands in the history of events for as long as they are enrolled. */
export interface GivenUp {
  /** ISO 8601. */
  readonly given_up_at: string;
  /** How often it was posted since the daemon started. */
  readonly attempts: number;
  /** What went wrong the last time, or why it was not tried again. */
  readonly failure: string;
}

/** The durable list of decisions that wait to be posted: each was written down together with its event. */
export interface PostBook {
  /** The decision with this `seq` was taken. */
  done(seq: number): Promise<void>;
  giveUp(seq: number, end: GivenUp): Promise<void>;
}

/** What a webhook needs; times in milliseconds. */
export interface WebhookParts {
  readonly config: WebhookConfig;
  /** PEM text of the only CA to be trusted. */
  readonly ca?: string | undefined;
  /** Whether the person is enrolled still; of who was deleted nothing is posted any more. */
  readonly isEnrolled: (personId: string) => boolean;
  readonly book: PostBook;
  /** Since the epoch, and of a clock that nobody sets. */
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly log: Logger;
}

const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 5000;
const STOPPED = 'the daemon stopped';
/** Denials that wait to be tried again; there are never many grants, as they expire. */
const MOST_DENIALS = 256;
const GRANT_DELAYS = { firstMs: 250, longestMs: 1000 };
const DENIAL_DELAYS = { firstMs: 1000, longestMs: 300_000 };

/** A webhook; closing gives up the grants that are under way and leaves the denials in the book. */
export interface Webhook extends Actuator {
  /** Takes in a decision from before the daemon started: a grant is given up, a denial is posted for what is left of its hours. */
  resume(decision: DoorDecision): Promise<void>;
  close(): Promise<void>;
}

/**
 * A webhook that every decision is posted to, grants only while they are fresh and denials for some hours. Decisions that were made while
 * others wait overtake them; the receiver orders by `seq`.
 */
export function openWebhook(parts: WebhookParts): Webhook {
  const { config, ca, isEnrolled, book, now, monotonic, random, log } = parts;
  const stopping = new AbortController();
  const { signal } = stopping;
  // Every decision that waits listens, and their number is bounded.
  setMaxListeners(0, signal);
  const underWay = new Set<Promise<void>>();
  let denials = 0;

  async function deliver(decision: DoorDecision, forMs: number): Promise<void> {
    const isGrant = decision.decision === 'grant';
    const backoff = createBackoff({ random, ...(isGrant ? GRANT_DELAYS : DENIAL_DELAYS) });
    const end = monotonic() + forMs;
    const body = JSON.stringify(decision);
    let failure = 'not fresh';
    for (let attempts = 0; ; attempts++) {
      const left = attempts === 0 && !isGrant ? TIMEOUT_MS : end - monotonic();
      if (!(left > 0) || (isGrant && !isFreshGrant(decision, now())))
        return giveUp(decision, attempts, failure);
      if (signal.aborted) return isGrant ? giveUp(decision, attempts, STOPPED) : undefined;
      if (decision.person && !isEnrolled(decision.person.miicloud_person_id))
        return giveUp(decision, attempts, 'the person was deleted');
      const outcome = await post({
        url: config.url,
        secret: config.secret,
        ca,
        body,
        timeoutMs: Math.min(TIMEOUT_MS, left),
        now: now(),
        signal,
      });
      if (outcome.delivered) return book.done(decision.seq);
      failure = outcome.failure;
      if (!outcome.again) return giveUp(decision, attempts + 1, failure);
      // Cut short only where the daemon stops, which is looked at above.
      await sleepFor(backoff.next(), undefined, { signal }).catch(() => undefined);
    }
  }

  async function giveUp(
    { door, seq, decision }: DoorDecision,
    attempts: number,
    failure: string,
  ): Promise<void> {
    log.warn(
      { door, seq, decision, attempts, failure },
      'A decision could not be posted to the webhook; see "facegate door undelivered".',
    );
    await book.giveUp(seq, { given_up_at: new Date(now()).toISOString(), attempts, failure });
  }

  async function accept(decision: DoorDecision, denialMs: number): Promise<void> {
    if (decision.decision === 'grant') return deliver(decision, Date.parse(decision.expires_at) - now());
    if (denials >= MOST_DENIALS) return giveUp(decision, 0, 'too many wait');
    denials++;
    await deliver(decision, denialMs).finally(() => denials--);
  }

  async function follow(decision: DoorDecision, working: Promise<void>): Promise<void> {
    const work = working.catch((error: unknown) =>
      log.error({ err: error, seq: decision.seq }, 'A decision could not be posted to the webhook.'),
    );
    underWay.add(work);
    await work.finally(() => underWay.delete(work));
  }

  return {
    act: decision => follow(decision, accept(decision, config.denyHours * HOUR_MS)),
    resume: decision => {
      if (decision.decision === 'grant') return follow(decision, giveUp(decision, 0, STOPPED));
      // A clock that was set back must not make it longer.
      const age = Math.max(0, now() - Date.parse(decision.decided_at));
      return follow(decision, accept(decision, config.denyHours * HOUR_MS - age));
    },
    async close() {
      stopping.abort();
      await Promise.all(underWay);
    },
  };
}
