import { describe, expect, it } from 'vitest';
import { type CameraConfig, ConfigSchema } from '../../src/config/schema.ts';
import type { CameraTamper, RecognitionEvent } from '../../src/domain/event.ts';
import type { Face } from '../../src/domain/face.ts';
import { similarity } from '../../src/domain/face.ts';
import type { Frame } from '../../src/domain/image.ts';
import type { Person } from '../../src/domain/person.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { RecognizerParts } from '../../src/recognition/parts.ts';
import { createSighting } from '../../src/recognition/sighting.ts';
import type { Track } from '../../src/recognition/tracker.ts';
import { measured } from '../support/face-quality.ts';

const ADA: Person = {
  id: 'ada',
  customerId: 'acme',
  customerPersonId: 'c-ada',
  profile: {},
  images: [],
  createdAt: 0,
  updatedAt: 0,
};
const TEMPLATE = Float32Array.of(1, 0, 0, 0);
const box = { left: 10.4, top: 20, right: 110, bottom: 120 };
const track = { id: 7, box, seenAt: 9000 } as Track;

/** A sighting in a gallery of Ada, whose `persons` and threshold can be changed. */
function sighting(liveness: CameraConfig['liveness'] = 'off') {
  const events: Exclude<RecognitionEvent, { type: CameraTamper['type'] }>[] = [];
  const world = { persons: 1, events, replayed: false };
  const parts = {
    camera: { id: 'gate', customer: 'acme', liveness },
    policy: ConfigSchema.parse({}).recognition,
    engine: { embedderId: 'm@1' },
    gallery: {
      search: async (_: string, { vector }: { vector: Float32Array }) => {
        const cosine = similarity(vector, TEMPLATE);
        const best = { personId: 'ada', customerPersonId: 'c-ada', templateId: 't', similarity: cosine };
        return { best, margin: cosine + 1 };
      },
      get: (id: string) => (id === 'ada' ? ADA : undefined),
      isEnrolled: (id: string) => id === 'ada',
      persons: () => world.persons,
    },
    operatingPoint: (persons: number) => ({
      similarity: 0.4 + persons / 64,
      targetFpir: 1e-4,
      persons,
      fmr: 1e-4 / persons,
      comparisons: 3_000_000,
      supported: true,
    }),
    publish: (event: RecognitionEvent) => Promise.resolve(events.push(event as (typeof events)[number])),
    runId: 'run',
    now: () => 10_000,
    log: silentLogger,
  } as unknown as RecognizerParts;
  return { events, world, sighting: createSighting(parts, track.id, () => world.replayed) };
}

const face = (sequence: number, cosine: number, some: { norm?: number; live?: number } = {}) => {
  const jitter = sequence * 1e-4;
  const { live, norm = 3 } = some;
  const vector = Float32Array.of(cosine, Math.sqrt(1 - cosine ** 2 - jitter ** 2), jitter, 0);
  return {
    face: {
      box,
      quality: measured({ norm, height: 90 + sequence }),
      embedding: { modelId: 'm@1', vector },
      ...(live === undefined ? {} : { liveness: { live } }),
    } as Face,
    frame: { sequence, capturedAt: 1000 * sequence } as Frame,
  };
};

describe('the event of a sighting', () => {
  it('holds the raw cosine, the operating point and the quality that decided', async () => {
    const { sighting: ada, events } = sighting();
    for (const one of [face(1, 0.6, { norm: 4 }), face(2, 0.8, { norm: 4 }), face(3, 0.9)])
      await ada.observe(one.face, track, one.frame);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'person_seen',
      track_id: 'run-gate-7',
      captured_at: new Date(2000).toISOString(),
      bounding_box: { left_x: 10, left_y: 20, right_x: 110, right_y: 120 },
      threshold: 0.415625,
      operating_point: { target_fpir: 1e-4, persons: 1, fmr: 1e-4, comparisons: 3_000_000, supported: true },
      quality: { height: 91, norm: 4, yaw: 0, sharpness: 100 },
      liveness: 'not_assessed',
      frames: 2,
      similarity: expect.closeTo(Math.SQRT1_2, 5) as number,
      margin: expect.closeTo(1 + Math.SQRT1_2, 5) as number,
    });
  });

  it('repeats in person_left what the decision rested on, whatever the gallery has become', async () => {
    const { sighting: ada, events, world } = sighting();
    for (const one of [face(1, 0.7), face(2, 0.7)]) await ada.observe(one.face, track, one.frame);
    world.persons = 9;
    await ada.end(track);
    const [seen, left] = events;
    expect(left.type).toBe('person_left');
    for (const field of ['track_id', 'threshold', 'operating_point', 'quality', 'similarity'] as const)
      expect(left[field]).toEqual(seen[field]);
    expect(left.captured_at).toBe(new Date(9000).toISOString());
  });

  const observed = async (
    made: ReturnType<typeof sighting>,
    frames: number,
    live: number | undefined,
    cosine = 0.7,
  ): Promise<string[]> => {
    for (let sequence = 1; sequence <= frames; sequence++) {
      const one = face(sequence, cosine, live === undefined ? {} : { live });
      await made.sighting.observe(one.face, track, one.frame);
    }
    return made.events.map(({ type, liveness }) => `${type} ${liveness}`);
  };

  it('does not wait for liveness where it is off', async () => {
    expect(await observed(sighting('off'), 2, undefined)).toEqual(['person_seen not_assessed']);
  });

  it('waits for the vote where liveness is reported, and is undecided as long', async () => {
    const made = sighting('report');
    expect(await observed(made, 4, 0.95)).toEqual([]);
    expect(made.sighting.identity()).toEqual({ status: 'undecided' });
    expect(await observed(made, 5, 0.95)).toEqual(['person_seen live']);
    expect(made.sighting.identity()).toMatchObject({ status: 'known' });
  });

  it('tells of an attack once, with the person it would have shown, and names nobody where liveness is required', async () => {
    const made = sighting('require');
    expect(await observed(made, 12, 0.02)).toEqual(['attack_suspected attack']);
    expect(made.events[0]).toMatchObject({ person: { customer_person_id: 'c-ada' }, frames: 5 });
    await made.sighting.end(track);
    expect(made.events).toHaveLength(1);
  });

  it('tells of an attack by a stranger without a person', async () => {
    const made = sighting('report');
    expect(await observed(made, 5, 0.02, 0.1)).toContain('attack_suspected attack');
    const attack = made.events.find(({ type }) => type === 'attack_suspected');
    expect(attack).not.toHaveProperty('person');
    expect(attack?.similarity).toBeCloseTo(0.1, 3);
  });

  it.each([
    ['could not be assessed', undefined, false],
    ['is shown by a camera that repeats itself', 0.95, true],
  ])('names nobody where liveness is required and the face %s', async (_, live, replayed) => {
    const made = sighting('require');
    made.world.replayed = replayed;
    expect(await observed(made, 20, live)).toEqual([]);
  });
});
