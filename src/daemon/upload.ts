import type { Analysis } from '../api/dependencies.ts';
import type { Config } from '../config/schema.ts';
import { scaleBox, scaleLandmarks } from '../domain/geometry.ts';
import type { Engine } from '../engine/engine.ts';
import { decodeStill } from '../ingest/still-image.ts';
import { inputSize } from './input-size.ts';

/** An uploaded image through the same engine as the cameras; boxes come back in pixels of the upright original. */
export async function analyzeUpload(upload: {
  engine: Engine;
  config: Config;
  bytes: Uint8Array;
  mirrored: boolean;
}): Promise<Analysis> {
  const { engine, config, bytes, mirrored } = upload;
  const still = await decodeStill(bytes, {
    maxPixels: config.http.maxImagePixels,
    input: inputSize(config.engine.uploadInput),
  });
  const detections = await engine.detect(still.picture, 'upload');
  const faces = await engine.describe(still.picture, detections, { lane: 'upload', mirrored });
  return {
    format: still.format,
    faces: faces.map(face => ({
      ...face,
      box: scaleBox(face.box, still.toOriginal),
      landmarks: scaleLandmarks(face.landmarks, still.toOriginal),
    })),
  };
}
