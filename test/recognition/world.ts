import { type CameraConfig, ConfigSchema } from '../../src/config/schema.ts';
import type { FaceReport } from '../../src/domain/camera.ts';
import type { CameraTamper, RecognitionEvent } from '../../src/domain/event.ts';
import type { Detection, Face } from '../../src/domain/face.ts';
import type { Frame } from '../../src/domain/image.ts';
import type { Match, Person } from '../../src/domain/person.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { type CameraRecognizer, createCameraRecognizer } from '../../src/recognition/camera-recognizer.ts';
import type { RecognizerParts } from '../../src/recognition/parts.ts';
import { measured } from '../support/face-quality.ts';

const defaults = ConfigSchema.parse({}).recognition;
const policy = {
  ...defaults,
  quality: { ...defaults.quality, minNorm: 1.8 },
  unknownFrames: 3,
  trackTimeoutMs: 1000,
};
const OPERATING_POINT = { similarity: 0.5, targetFpir: 1e-4, persons: 2, comparisons: 0, supported: false };
/** The embedder of this world. */
export const MODEL = 'm@1';
/** What the camera shows: a stream of this size, and, where it has a main stream, one of twice that. */
const SUB = { width: 1000, height: 200 };
const MAIN = { width: 2000, height: 400 };
const PIXELS = new Uint8Array(MAIN.width * MAIN.height * 3).map((_, at) => (at * 7919) % 251);

/** The faces of this little world: who looks like whom. */
export const LOOKS: Record<string, Float32Array> = {
  ada: Float32Array.of(1, 0, 0, 0),
  bob: Float32Array.of(0, 1, 0, 0),
  stranger: Float32Array.of(0, 0, 1, 0),
};

/** Someone before the camera; 100 pixels large and at 100 if not said otherwise, in pixels of the stream. */
export interface Someone {
  readonly who: string;
  readonly x?: number;
  readonly y?: number;
  readonly size?: number;
  readonly score?: number;
}

/** A camera, the faces before it and who of them is enrolled. */
export class World {
  readonly enrolled = new Map<string, Person>();
  readonly events: TrackEvent[] = [];
  described = 0;
  norm = 3;
  /** What the liveness model says of every face, where the camera asks. */
  live: number | undefined;
  /** Whether the camera shows the same picture again and again. */
  standsStill = false;
  readonly tampers: string[] = [];
  /** Whether somebody watches the camera, and what they were shown. */
  isWatched = false;
  readonly shown: FaceReport[] = [];
  #sequence = 0;
  readonly parts: RecognizerParts;
  readonly recognizer: CameraRecognizer;

  constructor(
    changes: Partial<typeof policy> = {},
    camera: Partial<Pick<CameraConfig, 'liveness' | 'zones' | 'detectUrl'>> = {},
  ) {
    this.parts = {
      camera: { id: 'gate', customer: 'acme', liveness: 'off', zones: [], ...camera },
      policy: { ...policy, ...changes },
      minDetectionScore: 0.8,
      runId: 'run',
      now: () => 1_000_000,
      log: silentLogger,
      engine: {
        embedderId: MODEL,
        detectNewest: () => Promise.resolve(undefined),
        describe: (_, detections, options) => {
          this.described += detections.length;
          const assessed =
            options.liveness && this.live !== undefined ? { liveness: { live: this.live } } : {};
          return Promise.resolve(
            (detections as Detected[]).map(detection => ({ ...this.#face(detection), ...assessed })),
          );
        },
      },
      gallery: {
        search: async (_, probe) => this.#search(probe.vector),
        get: id => this.enrolled.get(id),
        isEnrolled: id => this.enrolled.has(id),
        persons: () => this.enrolled.size,
      },
      watchers: { isWatched: () => this.isWatched, offer: report => this.shown.push(report) },
      publish: event =>
        Promise.resolve(
          event.type === 'camera_tamper' ? this.tampers.push(event.kind) : this.events.push(event),
        ),
      operatingPoint: persons => ({ ...OPERATING_POINT, persons }),
    };
    this.recognizer = createCameraRecognizer(this.parts);
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

  /** Analyses one frame with these people, each at its own place. */
  async frame(at: number, ...people: Someone[]): Promise<void> {
    await this.recognizer.analyse(this.picture(at), this.detections(...people));
  }

  /** The same of a frame of the main stream. */
  async detail(at: number, ...people: Someone[]): Promise<void> {
    await this.recognizer.analyse(this.picture(at, MAIN), this.detections(...people));
  }

  /** The next frame. */
  picture(at: number, { width, height } = SUB): Frame {
    const data = PIXELS.subarray(0, width * height * 3);
    const image = { format: 'rgb24' as const, width, height, data };
    const noise = this.standsStill ? 0 : this.#sequence + 1;
    const small = {
      ...image,
      width: 4,
      height: 1,
      data: new Uint8Array(12).fill(noise % 256, 0, 6).fill(noise >> 8, 6),
    };
    return {
      cameraId: 'gate',
      sequence: ++this.#sequence,
      capturedAt: at,
      small,
      full: image,
      scale: 1,
      isWhole: true,
      release: () => undefined,
    };
  }

  /** What the detector finds of these people. */
  detections(...people: Someone[]): Detection[] {
    return people.map(
      ({ who, x = 100, y = 50, size = 100, score = 0.9 }): Detected => ({
        who,
        score,
        box: { left: x, top: y, right: x + size, bottom: y + size },
      }),
    );
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
      quality: measured({ norm: this.norm }),
      // No two frames of a real camera are the same to the last bit.
      embedding: {
        modelId: MODEL,
        vector: LOOKS[detection.who].map(value => value * (1 - this.#sequence * 1e-6)),
      },
    };
  }
}
type Detected = Detection & { who: string };
type TrackEvent = Exclude<RecognitionEvent, { type: CameraTamper['type'] }>;
