import { beforeEach, describe, expect, it } from 'vitest';
import type { Embedding } from '../../src/domain/face.ts';
import { similarity } from '../../src/domain/face.ts';
import type { Match } from '../../src/domain/person.ts';
import { createEvidence, type Evidence, type Observation } from '../../src/recognition/evidence.ts';
import { measured } from '../support/face-quality.ts';

const policy = { minSimilarity: () => 0.5, minMargin: 0.05, minFrames: 2, unknownFrames: 4 };

/** Everybody has an axis, so that a face's cosines to all of them can be chosen. */
const AXES: Record<string, Float32Array> = {
  ada: Float32Array.of(1, 0, 0, 0),
  bob: Float32Array.of(0, 1, 0, 0),
};
const enrolled = new Set<string>();

const gallery = {
  isEnrolled: (personId: string) => enrolled.has(personId),
  async search({ vector }: Embedding): Promise<Match> {
    const [best, other] = [...enrolled]
      .map(id => ({ id, similarity: similarity(AXES[id], vector) }))
      .sort((a, b) => b.similarity - a.similarity);
    if (best === undefined) return { margin: 0 };
    const { id } = best;
    return {
      best: { personId: id, customerPersonId: id, templateId: id, similarity: best.similarity },
      margin: best.similarity - (other?.similarity ?? -1),
    };
  },
};

/** A face with these cosines to Ada and Bob; different in each frame, as real ones are. */
const face = (sequence: number, ada: number, bob = 0, norm = 3): Observation => {
  const jitter = sequence * 1e-4;
  const rest = Math.sqrt(1 - ada ** 2 - bob ** 2 - jitter ** 2);
  return {
    sequence,
    embedding: { modelId: 'm@1', vector: Float32Array.of(ada, bob, rest, jitter) },
    quality: measured({ norm }),
  };
};
const seen = async (...faces: Observation[]): Promise<Evidence> => {
  const track = createEvidence(policy, gallery);
  for (const one of faces) await track.add(one);
  return track;
};
const many = (count: number, ada: number, bob = 0) =>
  Array.from({ length: count }, (_, at) => face(at + 1, ada, bob));

beforeEach(() => {
  enrolled.clear();
  enrolled.add('ada').add('bob');
});

describe('evidence', () => {
  it('makes nobody known by one frame, however similar', async () => {
    expect((await seen(face(1, 0.99))).identity()).toEqual({ status: 'undecided' });
  });

  it('makes a person known when two distinct frames agree, by what they have in common', async () => {
    const identity = (await seen(face(1, 0.6), face(2, 0.8))).identity();
    expect(identity).toMatchObject({ status: 'known', candidate: { personId: 'ada' }, frames: 2 });
    expect(identity).toHaveProperty('similarity', expect.closeTo(Math.SQRT1_2, 5));
    expect(identity).toHaveProperty('margin', expect.closeTo(Math.SQRT1_2, 5));
  });

  it('lets a better face count for more', async () => {
    const identity = (await seen(face(1, 0.6, 0, 2), face(2, 0.9, 0, 4))).identity();
    expect(identity).toHaveProperty('similarity', expect.closeTo(0.82054, 4));
  });

  it('counts a frame once', async () => {
    expect((await seen(face(1, 0.9), face(1, 0.8))).identity().status).toBe('undecided');
  });

  it('counts a picture once, however often a frozen stream repeats it', async () => {
    const repeated = Array.from({ length: 9 }, (_, at) => ({ ...face(1, 0.9), sequence: at }));
    expect((await seen(...repeated)).identity().status).toBe('undecided');
  });

  it('makes nobody known whose fused similarity is below the threshold', async () => {
    expect((await seen(...many(3, 0.49))).identity().status).toBe('undecided');
    expect((await seen(face(1, 0.55), face(2, 0.42))).identity().status).toBe('undecided');
  });

  it('makes nobody known without margin to the best other person', async () => {
    expect((await seen(...many(8, 0.66, 0.62))).identity().status).toBe('undecided');
    expect((await seen(...many(8, 0.66, 0.6))).identity().status).toBe('known');
  });

  it('decides at exactly the threshold and not just below it', async () => {
    expect((await seen(...many(2, 0.5))).identity().status).toBe('known');
    expect((await seen(...many(2, 0.4999))).identity().status).toBe('undecided');
  });

  it('needs agreeing frames: one very similar face does not carry others that name nobody', async () => {
    expect((await seen(face(1, 0.99), face(2, 0.35))).identity().status).toBe('undecided');
    expect((await seen(face(1, 0.7), face(2, 0.45))).identity().status).toBe('known');
  });

  it('is undecided when frames name different persons, whichever has more', async () => {
    const track = await seen(...many(5, 0.8, 0.3));
    expect(track.identity().status).toBe('known');
    await track.add(face(6, 0.4, 0.6));
    expect(track.identity()).toEqual({ status: 'undecided' });
  });

  it('makes a face unknown only after the set number of frames without anyone similar', async () => {
    const track = await seen(...many(3, 0.1));
    expect(track.identity().status).toBe('undecided');
    await track.add(face(4, 0.1));
    const identity = track.identity();
    expect(identity).toMatchObject({ status: 'unknown', frames: 4 });
    expect(identity).toHaveProperty('similarity', expect.closeTo(0.1, 5));
  });

  it('makes no face unknown that a single frame gives a name', async () => {
    expect((await seen(...many(5, 0.3), face(6, 0.6))).identity().status).toBe('undecided');
  });

  it('makes a face unknown where nobody is enrolled', async () => {
    enrolled.clear();
    expect((await seen(...many(4, 0.1))).identity()).toEqual({
      status: 'unknown',
      similarity: -1,
      frames: 4,
    });
  });

  it('lets an unknown face become known when it comes nearer', async () => {
    const track = await seen(...many(4, 0.35));
    expect(track.identity().status).toBe('unknown');
    for (let sequence = 5; sequence < 14; sequence++) await track.add(face(sequence, 0.7));
    expect(track.identity().status).toBe('known');
  });

  it('forgets what named a person who was deleted', async () => {
    const track = await seen(...many(2, 0.9));
    expect(track.identity().status).toBe('known');
    enrolled.delete('ada');
    expect(track.identity()).toEqual({ status: 'undecided' });
    expect(track.best()).toBeUndefined();
  });

  it('names nobody who was deleted, also where the frames had named somebody else', async () => {
    const track = await seen(...many(4, 0.3, 0.29));
    enrolled.delete('ada');
    await track.add(face(5, 0.3, 0.29));
    expect(track.identity().status).not.toBe('known');
  });

  it('becomes undecided at one strange face and says so at the second', async () => {
    const track = await seen(...many(2, 0.9));
    expect(await track.add(face(3, 0, 0.9))).toBe('added');
    expect(track.identity()).toEqual({ status: 'undecided' });
    expect(await track.add(face(4, 0, 0.9))).toBe('face_changed');
  });

  it('keeps its name when the strange face was one bad frame', async () => {
    const track = await seen(...many(2, 0.9), face(3, 0, 0.1 - 1), face(4, 0.9));
    expect(track.identity()).toMatchObject({ status: 'known', frames: 3 });
  });

  it('remembers the newest twelve frames: a name of long ago does not last', async () => {
    const track = await seen(...many(12, 0.9));
    for (let sequence = 13; sequence < 22; sequence++) await track.add(face(sequence, 0.3));
    expect(track.identity().status).not.toBe('known');
  });

  it('asks for more as the gallery grows', async () => {
    let minSimilarity = 0.5;
    const track = createEvidence({ ...policy, minSimilarity: () => minSimilarity }, gallery);
    for (const one of many(3, 0.55)) await track.add(one);
    expect(track.identity().status).toBe('known');
    minSimilarity = 0.6;
    expect(track.identity().status).toBe('undecided');
  });

  it('tells the best face of those that count', async () => {
    const track = await seen(face(1, 0.9, 0, 3), face(2, 0.9, 0, 5), face(3, 0.9, 0, 4));
    expect(track.best()?.norm).toBe(5);
  });
});
