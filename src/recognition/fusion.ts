import type { Embedding, FaceQuality } from '../domain/face.ts';

/**
 * The weighted mean of a track's embeddings as one probe. It is not brought back to unit length: its similarity to a template is
 * then the weighted mean of the frames' cosines, which strangers reach more rarely than with one frame, so that thresholds
 * calibrated with single photos hold; a unit vector would be more similar to everybody.
 */
export function fuse(faces: readonly { embedding: Embedding; quality: FaceQuality }[]): Embedding {
  const [{ embedding }] = faces;
  const sum = new Float64Array(embedding.vector.length);
  let total = 0;
  for (const face of faces) {
    const weight = weightOf(face.quality);
    total += weight;
    for (const [at, value] of face.embedding.vector.entries()) sum[at] += weight * value;
  }
  return { modelId: embedding.modelId, vector: Float32Array.from(sum, value => value / total) };
}

/** Measured on tracks of three sizes from lfw-dev: the norm does as well as equal weights, and weights by size or pose do worse; it keeps a barely usable face from counting in full. */
function weightOf({ norm }: FaceQuality): number {
  return norm;
}
