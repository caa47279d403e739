import { similarity } from '../../src/domain/face.ts';
import { decodeStill } from '../../src/ingest/still-image.ts';
import { openTestEngine } from '../../test/support/engine.ts';
import type { Contestant } from './contestant.ts';

const STILL = { maxPixels: 100_000_000, input: { width: 640, height: 480 } };

/** Ourselves: the chain of an upload, one worker. */
export async function openFacegate(): Promise<Contestant> {
  const engine = await openTestEngine({ config: { workers: 1 } });
  return {
    async find(photo) {
      const { picture } = await decodeStill(photo, STILL);
      return (await engine.detect(picture, 'upload')).length;
    },
    async describe(photo) {
      const { picture } = await decodeStill(photo, STILL);
      const detections = await engine.detect(picture, 'upload');
      const faces = await engine.describe(picture, detections, { lane: 'upload' });
      return faces.map(({ box, embedding }) => ({ box, vector: embedding.vector }));
    },
    similarity,
    close: () => engine.close(),
  };
}
