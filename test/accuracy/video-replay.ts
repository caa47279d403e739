import { loadCatalog, selectModels } from '../../src/config/catalog.ts';
import { ConfigSchema } from '../../src/config/schema.ts';
import type { PersonSeen, TrackEvent, UnstampedEvent } from '../../src/domain/event.ts';
import type { Frame } from '../../src/domain/image.ts';
import { judgeQuality } from '../../src/domain/quality.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createOperatingPoint, type OperatingPointOf } from '../../src/gallery/operating-point.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { type AnalysisCounts, createCameraRecognizer } from '../../src/recognition/camera-recognizer.ts';
import { createPace } from '../../src/recognition/pace.ts';
import type { PersonSearch } from '../../src/recognition/parts.ts';
import { catalogFile, shippedLimits } from '../support/engine.ts';

/** What a camera told in a replay; `at` and the times of usable faces are milliseconds from the beginning. */
export interface Replay {
  readonly told: readonly Told[];
  /** Times of the faces that were described and good enough to count. */
  readonly usableAt: readonly number[];
  readonly stats: AnalysisCounts;
  readonly seconds: number;
}

/** One event, in short. */
export interface Told {
  readonly type: UnstampedEvent['type'];
  readonly who: string | undefined;
  readonly track: string;
  readonly at: number;
  readonly box: TrackEvent['bounding_box'];
}

const CONFIG = ConfigSchema.parse({ cameras: [{ id: 'replay', url: '/dev/video0' }] });

/** Sends frames through the engine and a recognizer with the default settings, at the pace of the pipeline; the frames' times are the clock. Without `burst` an undecided face gets no more frames than any other. */
export async function replay(
  engine: Engine,
  people: PersonSearch,
  frames: AsyncIterable<Frame> | Iterable<Frame>,
  options: { readonly burst?: boolean } = {},
): Promise<Replay> {
  const told: Told[] = [];
  const usableAt: number[] = [];
  const { burst = true } = options;
  const [camera] = CONFIG.cameras;
  const quality = await shippedLimits('recognition');
  let now = 0;
  const recognizer = createCameraRecognizer({
    camera,
    policy: { ...CONFIG.recognition, quality },
    minDetectionScore: CONFIG.engine.minDetectionScore,
    engine: {
      embedderId: engine.embedderId,
      detectNewest: take => engine.detectNewest(take),
      async describe(frame, detections, options) {
        const faces = await engine.describe(frame, detections, options);
        if (faces.some(face => judgeQuality(face.quality, quality).length === 0))
          usableAt.push(frame.capturedAt);
        return faces;
      },
    },
    gallery: people,
    operatingPoint: await defaultOperatingPoint(),
    publish: event => Promise.resolve(told.push(shortened(event))),
    runId: 'r',
    now: () => now,
    log: silentLogger,
  });
  const pace = createPace(camera.fps);
  for await (const frame of frames) {
    now = frame.capturedAt;
    if (!pace.isDue(now, burst && recognizer.isUrgent())) continue;
    const found = await engine.detectNewest(() => frame);
    await recognizer.analyse(frame, found?.detections ?? []);
  }
  await recognizer.endAll();
  return { told, usableAt, stats: recognizer.stats(), seconds: now / 1000 };
}

/** The times, names and kinds of what was told, for comparing with what should have been. */
export function namesTold({ told }: Replay): string[] {
  return told.map(({ type, who }) => (who === undefined ? type : `${type} ${who}`));
}

function shortened(event: UnstampedEvent): Told {
  const { track_id, bounding_box, captured_at } = event as PersonSeen;
  return {
    type: event.type,
    who: 'person' in event ? event.person?.customer_person_id : undefined,
    track: track_id,
    at: Date.parse(captured_at),
    box: bounding_box,
  };
}

async function defaultOperatingPoint(): Promise<OperatingPointOf> {
  const { embedder } = selectModels(await loadCatalog(catalogFile), CONFIG.models);
  return createOperatingPoint(embedder.calibration, CONFIG.recognition);
}
