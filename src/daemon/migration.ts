import type { QualityLimits } from '../domain/quality.ts';
import type { Engine } from '../engine/engine.ts';
import { chooseFace } from '../gallery/enroller.ts';
import type { Gallery } from '../gallery/gallery.ts';
import { createGalleryMigration, type GalleryMigration } from '../gallery/migration.ts';
import type { StillDecoder } from '../ingest/still-decoder.ts';
import type { Logger } from '../platform/logger.ts';
import type { Store } from '../store/store.ts';
import { analyzeUpload } from './upload.ts';

/** The migration of the gallery to the engine's embedder; a kept image is judged and described as an enrolled one. */
export function openMigration(parts: {
  store: Store;
  engine: Engine;
  decoder: StillDecoder;
  gallery: Gallery;
  /** What a face must be to be enrolled. */
  quality: QualityLimits;
  log: Logger;
}): GalleryMigration {
  const { store, engine, decoder, gallery, quality, log } = parts;
  return createGalleryMigration({
    store,
    gallery,
    embedderId: engine.embedderId,
    describe: async bytes => {
      const { faces } = await analyzeUpload({ engine, decoder, bytes, mirrored: true });
      const face = chooseFace(faces, { quality });
      return { embedding: face.embedding, norm: face.quality.norm };
    },
    log,
  });
}
