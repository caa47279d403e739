import { describe, expect, it } from 'vitest';
import type { FaceEvent } from '../../src/domain/event.ts';
import { outgoing } from '../../src/events/outgoing.ts';
import { eventOf } from '../support/stored-events.ts';
import { doorDecision } from './publishing.ts';

const DECIDED = Date.parse('2026-01-01T00:00:00.100Z');
const at = (ms: number, event: FaceEvent = doorDecision({ ttlMs: 5000 })) => {
  const { body, expirySeconds } = outgoing(event, DECIDED + ms);
  return { expirySeconds, sent: JSON.parse(body) as Record<string, unknown> };
};

describe('an event on its way out', () => {
  it('says when it was published, and never expires where it opens nothing', () => {
    const event = eventOf(7);
    const { sent, expirySeconds } = at(86_400_000, event);
    expect(sent).toEqual({ ...event, published_at: '2026-01-02T00:00:00.100Z' });
    expect(expirySeconds).toBeUndefined();
  });

  it('that grants is sent as it is while it is fresh, for less than what is left of it', () => {
    const grant = doorDecision({ ttlMs: 5000 });
    expect(at(10).sent).toEqual({ ...grant, published_at: '2026-01-01T00:00:00.110Z' });
    expect([0, 10, 1000, 1001, 2000].map(ms => at(ms).expirySeconds)).toEqual([4, 3, 3, 2, 2]);
    for (let ms = 0; ms < 5000; ms += 7) {
      const { expirySeconds = 0 } = at(ms);
      // The second that mosquitto may be late by is in it.
      expect(ms + (expirySeconds === 0 ? 0 : expirySeconds + 1) * 1000).toBeLessThanOrEqual(5000);
    }
  });

  it.each([3001, 5000, 5001, 3_600_000, -1])('that grants is a denial without signature %i ms after', ms => {
    const { sent, expirySeconds } = at(ms);
    expect(sent).toMatchObject({ decision: 'deny', reason: 'stale', stale: true, door: 'front' });
    expect(Object.keys(sent)).not.toContain('signature');
    expect(Object.keys(sent)).not.toContain('unlock_ms');
    expect(expirySeconds).toBeUndefined();
  });

  it('is sent as it is while the clock is in doubt, but for what grants', () => {
    const sent = (event: FaceEvent) => JSON.parse(outgoing(event, DECIDED + 10, false).body);
    expect(sent(doorDecision({ ttlMs: 5000 }))).toMatchObject({ decision: 'deny', reason: 'stale' });
    const denial = doorDecision({ ttlMs: 5000, decision: 'deny', reason: 'unknown' });
    expect(sent(denial)).toMatchObject({ decision: 'deny', reason: 'unknown' });
    expect(sent(eventOf(7))).toMatchObject(eventOf(7));
  });

  it('that denies keeps to the same rule', () => {
    const denial = doorDecision({ ttlMs: 5000, decision: 'deny', reason: 'unknown' });
    expect(at(10, denial).sent).toMatchObject({ decision: 'deny', reason: 'unknown', signature: 'ab' });
    expect(at(9000, denial).sent).toMatchObject({ decision: 'deny', reason: 'stale', stale: true });
  });
});
