import type { Analysis } from '../api/dependencies.ts';
import type { Config } from '../config/schema.ts';
import { scaleBox, scaleLandmarks } from '../domain/geometry.ts';
import type { Engine } from '../engine/engine.ts';
import { openStillDecoder, type StillDecoder } from '../ingest/still-decoder.ts';
import type { Logger } from '../platform/logger.ts';
import { inputSize } from './input-size.ts';

/** The decoder of uploaded images, after the settings. */
export function openUploadDecoder(options: { config: Config; log: Logger; program?: URL }): StillDecoder {
  const { config, ...rest } = options;
  const { maxImagePixels: maxPixels, maxUploadBytes: maxBytes } = config.http;
  return openStillDecoder({
    ...rest,
    maxBytes,
    still: { maxPixels, input: inputSize(config.engine.uploadInput) },
  });
}

/** An uploaded image through the same engine as the cameras; boxes come back in pixels of the upright original. */
export async function analyzeUpload(upload: {
  engine: Engine;
  decoder: StillDecoder;
  bytes: Uint8Array;
  mirrored: boolean;
}): Promise<Analysis> {
  const { engine, decoder, bytes, mirrored } = upload;
  const still = await decoder.decode(bytes);
  try {
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
  } finally {
    still.release();
  }
}
