import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/domain/identity.ts';
import { type Attention, createAttention } from '../../src/recognition/attention.ts';

const UNDECIDED: Identity = { status: 'undecided' };
const UNKNOWN: Identity = { status: 'unknown', similarity: 0.1, frames: 4 };
const KNOWN: Identity = {
  status: 'known',
  candidate: { personId: 'ada', customerPersonId: 'c-ada', templateId: 't', similarity: 0.8 },
  similarity: 0.8,
  margin: 0.5,
  frames: 2,
};

const glance = (at: number, identity: Identity = UNDECIDED, promise = 0.5, missed = 0) => ({
  at,
  identity,
  promise,
  missed,
});

/** Ten frames a second from `from` until before `to`: how often the face is described. */
function described(
  attention: Attention,
  options: { from: number; to: number; identity: Identity; usable?: boolean; promise?: number },
): number {
  let count = 0;
  for (let at = options.from; at < options.to; at += 100) {
    const face = glance(at, options.identity, options.promise);
    if (attention.reasonFor(face) === undefined) continue;
    attention.described(face, options.usable ?? true);
    count++;
  }
  return count;
}

/** The attention for a track that was described once. */
function begun(): Attention {
  const attention = createAttention();
  attention.described(glance(0), true);
  return attention;
}

describe('attention', () => {
  it('goes to a new face, and to every frame while it is undecided', () => {
    const attention = createAttention();
    expect(attention.reasonFor(glance(0))).toBe('new');
    expect(described(attention, { from: 0, to: 800, identity: UNDECIDED })).toBe(8);
  });

  it('grows tired of a face that stays undecided', () => {
    const attention = begun();
    described(attention, { from: 100, to: 1000, identity: UNDECIDED });
    expect(described(attention, { from: 1000, to: 6000, identity: UNDECIDED })).toBe(10);
    expect(attention.isUrgent(UNDECIDED)).toBe(false);
  });

  it.each([
    ['known', KNOWN, 5],
    ['unknown', UNKNOWN, 10],
  ] as const)('comes back to a face that is %s now and then', (_, identity, times) => {
    expect(described(begun(), { from: 100, to: 10_100, identity })).toBe(times);
  });

  it('goes to a clearly better face of someone unknown or undecided, and to none of someone known', () => {
    for (const identity of [UNDECIDED, UNKNOWN])
      expect(begun().reasonFor(glance(100, identity, 0.7))).toBe('better');
    expect(begun().reasonFor(glance(100, UNKNOWN, 0.55))).toBeUndefined();
    expect(begun().reasonFor(glance(100, KNOWN, 0.9))).toBeUndefined();
  });

  it('goes to a face that was gone, whoever it was', () => {
    expect(begun().reasonFor(glance(100, KNOWN, 0.5, 1))).toBeUndefined();
    expect(begun().reasonFor(glance(300, KNOWN, 0.5, 2))).toBe('returned');
  });

  it('goes to a face at once whose decision was taken back', () => {
    const attention = begun();
    described(attention, { from: 100, to: 1500, identity: UNDECIDED });
    described(attention, { from: 1500, to: 4000, identity: KNOWN });
    expect(described(attention, { from: 4000, to: 4500, identity: UNDECIDED })).toBe(5);
  });

  it('does not describe a poor face for ever, but does so when it gets better', () => {
    const attention = createAttention();
    const poor = { identity: UNDECIDED, usable: false, promise: 0.2 };
    expect(described(attention, { from: 0, to: 10_000, ...poor })).toBeLessThan(10);
    expect(attention.isUrgent(UNDECIDED)).toBe(false);
    expect(attention.reasonFor(glance(10_000, UNDECIDED, 0.3))).toBe('better');
  });

  it('asks for more frames only while it can decide something by them', () => {
    const attention = begun();
    expect(attention.isUrgent(UNDECIDED)).toBe(true);
    expect(attention.isUrgent(KNOWN)).toBe(false);
    expect(attention.isUrgent(UNKNOWN)).toBe(false);
  });
});
