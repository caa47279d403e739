import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pastEvent, streamedEvent } from '../../src/api/event-answer.ts';
import type { DoorDecision } from '../../src/domain/event.ts';
import { eventOf } from '../support/stored-events.ts';

const DECIDED = Date.UTC(2026, 10, 24, 12);
const EXPIRES = DECIDED + 5000;
const {
  bounding_box: _box,
  operating_point: _point,
  ...common
} = eventOf(7) as never as Record<string, unknown>;
const grant = {
  ...common,
  type: 'door_decision',
  door: 'front',
  decision: 'grant',
  decided_at: new Date(DECIDED).toISOString(),
  expires_at: new Date(EXPIRES).toISOString(),
  unlock_ms: 3000,
  signature: 'a'.repeat(64),
} as never as DoorDecision;
const { signature: _signature, unlock_ms: _unlock, ...told } = grant;

describe('an event that REST tells', () => {
  it('is the event as it was, where it opens no door', () => {
    expect(pastEvent(eventOf(1))).toEqual(eventOf(1));
    expect(streamedEvent(eventOf(1), 0)).toEqual(eventOf(1));
  });

  it('says of the past what was decided, but carries nothing to open a door with', () => {
    expect(pastEvent(grant)).toEqual(told);
  });

  it('is a grant in a stream only until it ends', () => {
    expect(streamedEvent(grant, DECIDED)).toEqual(told);
    expect(streamedEvent(grant, EXPIRES - 1001)).toEqual(told);
    const late = { ...told, decision: 'deny', reason: 'stale', stale: true };
    expect(streamedEvent(grant, EXPIRES - 1000)).toEqual(late);
    expect(streamedEvent(grant, EXPIRES + 86_400_000)).toEqual(late);
    expect(streamedEvent(grant, DECIDED - 1)).toEqual(late);
  });

  it('is never a grant outside its time, whatever the clock says', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e7, max: 1e7 }), offset => {
        const { decision } = streamedEvent(grant, DECIDED + offset) as DoorDecision;
        expect(decision === 'grant').toBe(offset >= 0 && offset < 4000);
      }),
    );
  });
});
