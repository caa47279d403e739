import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ControllerState,
  doorKey,
  refusalOf,
  signDecision,
  signedPayload,
} from '../../src/access/signature.ts';
import type { DoorDecision } from '../../src/domain/event.ts';

/** Made by a program in Python that follows the README. */
const { secret, node, door, key, vectors } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'vectors.json'), 'utf8'),
) as {
  secret: string;
  node: string;
  door: string;
  key: string;
  vectors: { event: DoorDecision; payload: string; signature: string }[];
};
const made = doorKey(secret, node, door);
const grant = signDecision(vectors[0].event, made);
const at = (changes: Partial<ControllerState> = {}): ControllerState => ({
  key: made,
  node,
  door,
  now: Date.parse(grant.decided_at) + 20,
  lastSeq: grant.seq - 1,
  ...changes,
});

describe('the signature of a decision', () => {
  it('is what another program computes', () => {
    expect(made.toString('hex')).toBe(key);
    for (const { event, payload, signature } of vectors) {
      expect(signedPayload(event)).toBe(payload);
      expect(signDecision(event, made).signature).toBe(signature);
    }
  });

  it('has a key of its own for each door and node', () => {
    const others = [
      doorKey(secret, node, 'side'),
      doorKey(secret, 'back', door),
      doorKey(`${secret}x`, node, door),
    ];
    expect(new Set([made, ...others].map(each => each.toString('hex'))).size).toBe(4);
  });
});

describe('a controller', () => {
  it('opens for a signed grant that is new, and only once', () => {
    expect(refusalOf(grant, at())).toBeUndefined();
    expect(refusalOf({ ...grant, published_at: '2026-11-24T14:19:13.353Z' }, at())).toBeUndefined();
    expect(refusalOf(grant, at({ lastSeq: grant.seq }))).toBe('replayed');
  });

  it('opens for nothing that has expired, or comes from the future', () => {
    const expiry = Date.parse(grant.expires_at);
    expect(refusalOf(grant, at({ now: expiry - 1 }))).toBeUndefined();
    expect(refusalOf(grant, at({ now: expiry }))).toBe('expired');
    expect(refusalOf(grant, at({ now: Number.NaN }))).toBe('expired');
    expect(refusalOf(grant, at({ now: Date.parse(grant.decided_at) - 1001 }))).toBe('from_the_future');
  });

  it('opens for no denial, and for no other door', () => {
    expect(refusalOf(signDecision(vectors[1].event, made), at({ lastSeq: 0 }))).toBe('denied');
    expect(refusalOf(grant, at({ door: 'side' }))).toBe('not_a_decision');
    expect(refusalOf(grant, at({ key: doorKey(secret, node, 'side') }))).toBe('bad_signature');
  });

  it('opens for nothing that was changed in any field that is signed', () => {
    const changes: Partial<Record<keyof DoorDecision, unknown>> = {
      event_id: 'x',
      seq: grant.seq + 1,
      decision: 'deny',
      reason: 'unknown',
      person: { miicloud_person_id: 'x', customer_person_id: '1234' },
      camera: 'x',
      track_id: 'x',
      captured_at: '2026-11-24T14:19:13.322Z',
      decided_at: '2026-11-24T14:19:13.348Z',
      expires_at: '2026-11-24T15:19:18.321Z',
      unlock_ms: 60_000,
    };
    for (const [field, value] of Object.entries(changes))
      expect([field, refusalOf({ ...grant, [field]: value }, at())]).toEqual([field, 'bad_signature']);
    expect(refusalOf(signDecision({ ...vectors[1].event, decision: 'grant' }, Buffer.alloc(32)), at())).toBe(
      'bad_signature',
    );
  });

  it('opens for nothing else, whatever it is', () => {
    const forged = fc.object().map(some => ({ ...grant, ...some, signature: '0'.repeat(64) }));
    fc.assert(
      fc.property(fc.oneof(fc.anything(), forged), message => {
        expect(refusalOf(message, at())).toBeDefined();
      }),
    );
    const { signature: _, ...unsigned } = grant;
    expect(refusalOf(unsigned, at())).toBe('not_a_decision');
  });
});
