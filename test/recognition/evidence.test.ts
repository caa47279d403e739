import { describe, expect, it } from 'vitest';
import type { Match } from '../../src/domain/person.ts';
import { createEvidence, type Evidence, type Observation } from '../../src/recognition/evidence.ts';

const policy = { minSimilarity: () => 0.5, minMargin: 0.05, minFrames: 2, unknownFrames: 4 };
const evidence = (enrolled: (id: string) => boolean = () => true): Evidence =>
  createEvidence(policy, enrolled);

/** A vector at `degrees` in the plane, so that the cosine of two is that of the angle between them. */
const towards = (degrees: number) => {
  const radians = (degrees * Math.PI) / 180;
  return { modelId: 'm@1', vector: Float32Array.of(Math.cos(radians), Math.sin(radians)) };
};
const names = (personId: string, similarity: number, margin = 0.4): Match => ({
  best: { personId, customerPersonId: personId, templateId: 't', similarity },
  margin,
});
const seen = (sequence: number, match: Match, degrees = 0): Observation => ({
  sequence,
  embedding: towards(degrees),
  match,
});

describe('evidence', () => {
  it('makes nobody known by one frame, however similar', () => {
    const track = evidence();
    track.add(seen(1, names('ada', 0.99)));
    expect(track.identity()).toEqual({ status: 'undecided' });
  });

  it('makes a person known when two distinct frames agree, with the strongest figures', () => {
    const track = evidence();
    track.add(seen(1, names('ada', 0.6, 0.3)));
    track.add(seen(2, names('ada', 0.7, 0.2)));
    expect(track.identity()).toMatchObject({ status: 'known', similarity: 0.7, margin: 0.2, frames: 2 });
  });

  it('counts a frame once', () => {
    const track = evidence();
    track.add(seen(1, names('ada', 0.9)));
    track.add(seen(1, names('ada', 0.9)));
    expect(track.identity().status).toBe('undecided');
  });

  it.each([
    ['below the threshold', names('ada', 0.49)],
    ['without margin to the best other person', names('ada', 0.9, 0.04)],
  ])('makes nobody known by frames %s', (_, weak) => {
    const track = evidence();
    track.add(seen(1, names('ada', 0.9)));
    for (let sequence = 2; sequence < 5; sequence++) track.add(seen(sequence, weak));
    expect(track.identity().status).not.toBe('known');
  });

  it('is undecided when frames name different persons, whichever has more', () => {
    const track = evidence();
    for (let sequence = 1; sequence <= 5; sequence++) track.add(seen(sequence, names('ada', 0.8)));
    track.add(seen(6, names('bob', 0.6)));
    expect(track.identity()).toEqual({ status: 'undecided' });
  });

  it('makes a face unknown only after the set number of frames without anyone similar', () => {
    const track = evidence();
    for (let sequence = 1; sequence <= 3; sequence++) track.add(seen(sequence, names('ada', 0.1)));
    expect(track.identity().status).toBe('undecided');
    track.add(seen(4, names('bob', 0.2)));
    expect(track.identity()).toEqual({ status: 'unknown', similarity: 0.2, frames: 4 });
  });

  it('makes a face unknown where nobody is enrolled', () => {
    const track = evidence();
    for (let sequence = 1; sequence <= 4; sequence++) track.add(seen(sequence, { margin: 0 }));
    expect(track.identity()).toEqual({ status: 'unknown', similarity: -1, frames: 4 });
  });

  it('lets an unknown face become known when it comes nearer', () => {
    const track = evidence();
    for (let sequence = 1; sequence <= 4; sequence++) track.add(seen(sequence, names('ada', 0.2)));
    track.add(seen(5, names('ada', 0.7)));
    track.add(seen(6, names('ada', 0.7)));
    expect(track.identity().status).toBe('known');
  });

  it('forgets what named a person who was deleted', () => {
    const enrolled = new Set(['ada']);
    const track = evidence(id => enrolled.has(id));
    track.add(seen(1, names('ada', 0.9)));
    track.add(seen(2, names('ada', 0.9)));
    expect(track.identity().status).toBe('known');
    enrolled.delete('ada');
    expect(track.identity()).toEqual({ status: 'undecided' });
  });

  it('becomes undecided at one strange face and says so at the second', () => {
    const track = evidence();
    track.add(seen(1, names('ada', 0.9)));
    track.add(seen(2, names('ada', 0.9)));
    expect(track.add(seen(3, names('bob', 0.9), 90))).toBe('added');
    expect(track.identity()).toEqual({ status: 'undecided' });
    expect(track.add(seen(4, names('bob', 0.9), 90))).toBe('face_changed');
  });

  it('keeps its name when the strange face was one bad frame', () => {
    const track = evidence();
    track.add(seen(1, names('ada', 0.9)));
    track.add(seen(2, names('ada', 0.9)));
    track.add(seen(3, names('bob', 0.1), 90));
    track.add(seen(4, names('ada', 0.9)));
    expect(track.identity()).toMatchObject({ status: 'known', frames: 3 });
  });
});
