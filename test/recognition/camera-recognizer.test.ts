import { describe, expect, it } from 'vitest';
import { ConfigSchema } from '../../src/config/schema.ts';
import type { CameraTamper, UnstampedEvent } from '../../src/domain/event.ts';
import type { Detection, Face } from '../../src/domain/face.ts';
import type { Frame } from '../../src/domain/image.ts';
import type { Match, Person } from '../../src/domain/person.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { type CameraRecognizer, createCameraRecognizer } from '../../src/recognition/camera-recognizer.ts';

const policy = {
  ...ConfigSchema.parse({}).recognition,
  unknownFrames: 3,
  trackTimeoutMs: 1000,
};
const OPERATING_POINT = { similarity: 0.5, targetFpir: 1e-4, persons: 2, comparisons: 0, supported: false };
const MODEL = 'm@1';
const PIXELS = new Uint8Array(1000 * 200 * 3).map((_, at) => (at * 7919) % 251);

/** The faces of this little world: who looks like whom. */
const LOOKS: Record<string, Float32Array> = {
  ada: Float32Array.of(1, 0, 0),
  bob: Float32Array.of(0, 1, 0),
  stranger: Float32Array.of(0, 0, 1),
};

class World {
  readonly enrolled = new Map<string, Person>();
  readonly events: TrackEvent[] = [];
  described = 0;
  norm = 3;
  #sequence = 0;
  readonly recognizer: CameraRecognizer;

  constructor() {
    this.recognizer = createCameraRecognizer({
      camera: { id: 'gate', customer: 'acme' },
      policy,
      minDetectionScore: 0.8,
      runId: 'run',
      now: () => 1_000_000,
      log: silentLogger,
      engine: {
        embedderId: MODEL,
        detectNewest: () => Promise.resolve(undefined),
        describe: (_, detections) => {
          this.described += detections.length;
          return Promise.resolve((detections as Detected[]).map(detection => this.#face(detection)));
        },
      },
      gallery: {
        search: (_, probe) => this.#search(probe.vector),
        get: id => this.enrolled.get(id),
        persons: () => this.enrolled.size,
      },
      publish: event => Promise.resolve(this.events.push(event as TrackEvent)),
      operatingPoint: persons => ({ ...OPERATING_POINT, persons }),
    });
  }

  enroll(...names: string[]): void {
    for (const name of names)
      this.enrolled.set(name, {
        id: name,
        customerId: 'acme',
        customerPersonId: `c-${name}`,
        profile: { firstName: name },
        images: [],
        createdAt: 0,
        updatedAt: 0,
      });
  }

  /** One frame with these people, each at its own place. */
  async frame(at: number, ...people: { who: string; x?: number; size?: number }[]): Promise<void> {
    const image = { format: 'rgb24' as const, width: 1000, height: 200, data: PIXELS };
    const frame: Frame = {
      cameraId: 'gate',
      sequence: ++this.#sequence,
      capturedAt: at,
      small: image,
      full: image,
      scale: 1,
      release: () => undefined,
    };
    const detections = people.map(({ who, x = 100, size = 100 }) => ({
      who,
      score: 0.9,
      box: { left: x, top: 50, right: x + size, bottom: 50 + size },
    }));
    await this.recognizer.analyse(frame, detections);
  }

  told(): string[] {
    return this.events.map(
      event => `${event.type}${'person' in event ? ` ${event.person.miicloud_person_id}` : ''}`,
    );
  }

  #search(probe: Float32Array): Match {
    const scores = [...this.enrolled.keys()]
      .map(id => ({ id, similarity: LOOKS[id].reduce((sum, value, i) => sum + value * probe[i], 0) }))
      .sort((a, b) => b.similarity - a.similarity);
    const [best, other] = scores;
    if (!best) return { margin: 0 };
    return {
      best: {
        personId: best.id,
        customerPersonId: `c-${best.id}`,
        templateId: 't',
        similarity: best.similarity,
      },
      margin: best.similarity - (other?.similarity ?? -1),
    };
  }

  #face(detection: Detected): Face {
    const point = { x: 0, y: 0 };
    return {
      ...detection,
      landmarks: [point, point, point, point, point],
      quality: {
        height: 100,
        norm: this.norm,
        yaw: 0,
        pitch: 0.55,
        roll: 0,
        sharpness: 100,
        brightness: 128,
        clipped: 0,
        visible: 1,
      },
      // No two frames of a real camera are the same to the last bit.
      embedding: {
        modelId: MODEL,
        vector: LOOKS[detection.who].map(value => value * (1 - this.#sequence * 1e-6)),
      },
    };
  }
}
type Detected = Detection & { who: string };
type TrackEvent = Exclude<UnstampedEvent, { type: CameraTamper['type'] }>;

describe('a camera recognizer', () => {
  it('announces an enrolled person once, at the second frame, and that they left', async () => {
    const world = new World();
    world.enroll('ada', 'bob');
    await world.frame(0, { who: 'ada' });
    expect(world.told()).toEqual([]);
    for (let at = 200; at <= 5000; at += 200) await world.frame(at, { who: 'ada' });
    await world.frame(6200);
    expect(world.told()).toEqual(['person_seen ada', 'person_left ada']);
    const [seen, left] = world.events;
    expect(seen).toMatchObject({
      camera: 'gate',
      customer: 'acme',
      captured_at: new Date(200).toISOString(),
      threshold: 0.5,
      similarity: expect.closeTo(1, 4),
      margin: expect.closeTo(1, 4),
      frames: 2,
      model: MODEL,
      person: { miicloud_person_id: 'ada', customer_person_id: 'c-ada', first_name: 'ada' },
    });
    expect(left.track_id).toBe(seen.track_id);
    expect(left.captured_at).toBe(new Date(5000).toISOString());
  });

  it('announces a stranger as unknown once, and never as having left', async () => {
    const world = new World();
    world.enroll('ada');
    for (let at = 0; at <= 3000; at += 200) await world.frame(at, { who: 'stranger' });
    await world.frame(9000);
    expect(world.told()).toEqual(['unknown_seen']);
  });

  it('never says anything by one frame', async () => {
    const world = new World();
    world.enroll('ada');
    await world.frame(0, { who: 'ada' });
    await world.frame(9000);
    expect(world.told()).toEqual([]);
  });

  it('does not carry a name over to the next face at the same place', async () => {
    const world = new World();
    world.enroll('ada', 'bob');
    for (let at = 0; at < 600; at += 200) await world.frame(at, { who: 'ada' });
    for (let at = 600; at < 5000; at += 200) await world.frame(at, { who: 'bob' });
    expect(world.told()).toEqual(['person_seen ada', 'person_left ada', 'person_seen bob']);
    expect(new Set(world.events.map(event => event.track_id)).size).toBe(2);
  });

  it('tells nothing of a person who was deleted while in view', async () => {
    const world = new World();
    world.enroll('ada', 'bob');
    for (let at = 0; at < 600; at += 200) await world.frame(at, { who: 'ada' });
    world.enrolled.delete('ada');
    for (let at = 600; at < 5000; at += 200) await world.frame(at, { who: 'ada' });
    await world.frame(9000);
    expect(world.told()).toEqual(['person_seen ada', 'unknown_seen']);
  });

  it('announces a person by name who is enrolled while in view', async () => {
    const world = new World();
    for (let at = 0; at < 1000; at += 200) await world.frame(at, { who: 'ada' });
    world.enroll('ada');
    for (let at = 1000; at < 5000; at += 200) await world.frame(at, { who: 'ada' });
    expect(world.told()).toEqual(['unknown_seen', 'person_seen ada']);
  });

  it('describes a decided face only now and then', async () => {
    const world = new World();
    world.enroll('ada');
    for (let at = 0; at < 10_000; at += 200) await world.frame(at, { who: 'ada' });
    expect(world.described).toBeLessThanOrEqual(7);
  });

  it.each([
    ['too small', { size: 39 }, 3],
    ['of too low a norm', { size: 100 }, 1.7],
  ])('follows but does not recognize faces that are %s', async (_, person, norm) => {
    const world = new World();
    world.enroll('ada');
    world.norm = norm;
    for (let at = 0; at < 3000; at += 200) await world.frame(at, { who: 'ada', ...person });
    expect(world.told()).toEqual([]);
  });

  it('tells two people apart who stand side by side', async () => {
    const world = new World();
    world.enroll('ada', 'bob');
    for (let at = 0; at < 600; at += 200)
      await world.frame(at, { who: 'ada', x: 100 }, { who: 'bob', x: 400 });
    expect(world.told().sort()).toEqual(['person_seen ada', 'person_seen bob']);
  });

  it('says that known people left when the daemon stops or the camera goes silent', async () => {
    const world = new World();
    world.enroll('ada');
    for (let at = 0; at < 600; at += 200) await world.frame(at, { who: 'ada' });
    await world.recognizer.expire(1300);
    expect(world.told()).toEqual(['person_seen ada']);
    await world.recognizer.expire(1500);
    expect(world.told()).toEqual(['person_seen ada', 'person_left ada']);
  });
});
